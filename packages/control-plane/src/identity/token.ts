// How the control plane learns who a proxy is: it shows a token, a verifier says whose it is. Tokens of the local
// mesh are in local-token.ts; Kubernetes' service-account tokens come with that provider.

import type { WorkloadRef } from '@weft/api/proxy-config/types';

/** Who a token belongs to. */
export interface WorkloadIdentity {
  readonly kind: 'identity';
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: string;
  /** What the certificate's subject names; absent: the verifier does not know. */
  readonly workload?: WorkloadRef;
}

export interface TokenRefusal {
  readonly kind: 'refused';
  /** One sentence for the log and the caller; never holds the token. */
  readonly message: string;
}

export interface TokenVerifier {
  verify(token: string): Promise<WorkloadIdentity | TokenRefusal>;
}

/** `<namespace>/<pod>`: the id of the identity's proxy. */
export function proxyIdOf(identity: WorkloadIdentity): string {
  return `${identity.namespace}/${identity.pod}`;
}
