// BackendTrafficPolicy (weft.dev/v1alpha1) → BackendTrafficPolicy.

import { parseDuration } from '@weft/api/duration';
import type { BackendTrafficPolicy as BackendTrafficPolicyResource } from '@weft/api/kinds/backend-traffic-policy';
import type { BackendTrafficPolicy } from '../model/policy.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { ingestTargets } from './policy-target.ts';

const BALANCERS = { LeastRequest: 'least-request', RoundRobin: 'round-robin', Random: 'random' } as const;

export function ingestBackendTrafficPolicy({
  kind,
  metadata,
  spec,
}: BackendTrafficPolicyResource): Ingested<BackendTrafficPolicy> {
  const connectTimeoutMs = milliseconds(spec.connectTimeout);
  const streamIdleMs = milliseconds(spec.timeouts?.streamIdle);
  const connectionIdleMs = milliseconds(spec.timeouts?.connectionIdle);
  return {
    value: {
      ...attachedObject(kind, metadata),
      targets: ingestTargets(spec.targetRefs, metadata.namespace),
      ...(spec.loadBalancer && { balancer: BALANCERS[spec.loadBalancer.type] }),
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
      ...(streamIdleMs !== undefined && { streamIdleMs }),
      ...(connectionIdleMs !== undefined && { connectionIdleMs }),
    },
    findings: [],
  };
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}
