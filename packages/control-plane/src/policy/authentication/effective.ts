// AuthenticationPolicies, most specific first → the mTLS mode of one port.

import type { ObjectRef } from '@weft/api/proxy-config/types';
import type { AuthenticationPolicy, MtlsMode } from '../../model/policy.ts';

export interface EffectiveMtls {
  readonly mode: MtlsMode;
  /** The policy that says so; absent: the mesh's default. */
  readonly ref?: ObjectRef;
}

/** `policies`: the one in force at each scope that has one. `port` is the container's. */
export function effectiveMtls(
  policies: readonly AuthenticationPolicy[],
  port: number,
  meshDefault: MtlsMode,
): EffectiveMtls {
  const policy = policies[0];
  return policy ? { mode: policy.portMtls[port] ?? policy.mtls, ref: policy.ref } : { mode: meshDefault };
}
