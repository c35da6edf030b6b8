// BackendTrafficPolicies, strongest first → how the endpoints of a Service are chosen and reached.

import type { Cluster, ObjectRef } from '@weft/api/proxy-config/types';
import type { Finding } from '../../model/finding.ts';
import { byAge } from '../../model/object.ts';
import type { BackendTrafficPolicy } from '../../model/policy.ts';
import { conflictWith } from '../attachment.ts';

export interface EffectiveBackendTraffic {
  readonly balancer: Cluster['balancer'];
  /** The policy that chose the balancer; absent: the default. */
  readonly balancerSetBy?: ObjectRef;
  readonly connectTimeoutMs: number;
  /** Of HTTP requests; absent: the proxy's default. */
  readonly streamIdleMs?: number;
  /** Of TCP connections; absent: the proxy's default. */
  readonly connectionIdleMs?: number;
}

/** `scopes`: the policies on the Service, on its namespace, on the mesh; each field comes from the first with it. */
export function effectiveBackendTraffic(
  scopes: readonly (readonly BackendTrafficPolicy[])[],
): EffectiveBackendTraffic {
  const policies = scopes.flatMap((scope) => scope.toSorted(byAge));
  const strongest = (key: (typeof FIELDS)[number][0]) => policies.find((policy) => policy[key] !== undefined);
  const balancing = strongest('balancer');
  const streamIdleMs = strongest('streamIdleMs')?.streamIdleMs;
  const connectionIdleMs = strongest('connectionIdleMs')?.connectionIdleMs;
  return {
    balancer: balancing?.balancer ?? 'least-request',
    ...(balancing && { balancerSetBy: balancing.ref }),
    connectTimeoutMs: strongest('connectTimeoutMs')?.connectTimeoutMs ?? 1000,
    ...(streamIdleMs !== undefined && { streamIdleMs }),
    ...(connectionIdleMs !== undefined && { connectionIdleMs }),
  };
}

const FIELDS = [
  ['balancer', 'spec.loadBalancer'],
  ['connectTimeoutMs', 'spec.connectTimeout'],
  ['streamIdleMs', 'spec.timeouts.streamIdle'],
  ['connectionIdleMs', 'spec.timeouts.connectionIdle'],
] as const;

/** Fields that an older policy on the same target sets too. Accepted stays True while one field takes effect. */
export function backendTrafficConflicts(
  policy: BackendTrafficPolicy,
  onTarget: readonly BackendTrafficPolicy[],
): readonly Finding[] {
  const set = FIELDS.filter(([key]) => policy[key] !== undefined);
  const lost = set.flatMap(([key, field]) => {
    const winner = onTarget.toSorted(byAge).find((other) => other[key] !== undefined);
    return winner && winner.ref !== policy.ref ? [conflictWith(winner, field)] : [];
  });
  return lost.length === set.length ? lost : lost.map((finding) => ({ ...finding, condition: 'Programmed' }));
}
