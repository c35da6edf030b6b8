// The name that a workload's certificate carries.

/** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>` */
export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}
