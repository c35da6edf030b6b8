// Who a gRPC call comes from: its bearer token, judged by the verifier. Every method of ours begins with this.

import { type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import type { TokenVerifier, WorkloadIdentity } from './token.ts';

export type CallRefusal = Pick<StatusObject, 'code' | 'details'> & { readonly kind: 'refused' };

/** Never rejects: a verifier that fails is a refusal that the client may try again. */
export async function authenticate(
  metadata: Metadata,
  verifier: TokenVerifier,
): Promise<WorkloadIdentity | CallRefusal> {
  const [value, ...more] = metadata.get('authorization');
  const token = typeof value === 'string' ? /^Bearer (\S+)$/i.exec(value)?.[1] : undefined;
  if (token === undefined || more.length > 0) {
    return refuseCall(status.UNAUTHENTICATED, 'one "authorization: Bearer TOKEN" is needed');
  }
  try {
    const verdict = await verifier.verify(token);
    return verdict.kind === 'identity' ? verdict : refuseCall(status.UNAUTHENTICATED, verdict.message);
  } catch (error) {
    return refuseCall(status.UNAVAILABLE, `the token could not be checked: ${(error as Error).message}`);
  }
}

export function refuseCall(code: status, details: string): CallRefusal {
  return { kind: 'refused', code, details };
}
