// BackendTrafficPolicy (weft.dev/v1alpha1) → BackendTrafficPolicy.

import { parseDuration } from '@weft/api/duration';
import type { BackendTrafficPolicy as BackendTrafficPolicyResource } from '@weft/api/kinds/backend-traffic-policy';
import type { Finding } from '../model/finding.ts';
import type { BackendTrafficPolicy } from '../model/policy.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { ingestTargets } from './policy-target.ts';

const BALANCERS = { LeastRequest: 'least-request', RoundRobin: 'round-robin', Random: 'random' } as const;

/** Fixed in every sidecar for what it receives: a policy moves the limits of clients only. */
const RECEIVER_LIMITS = { streamIdle: '5m', connectionIdle: '1h' } as const;

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
    findings: [
      ...receiverIsStricter('streamIdle', streamIdleMs),
      ...receiverIsStricter('connectionIdle', connectionIdleMs),
    ],
  };
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

function receiverIsStricter(name: keyof typeof RECEIVER_LIMITS, ms: number | undefined): readonly Finding[] {
  const limit = RECEIVER_LIMITS[name];
  if (ms === undefined || ms <= (parseDuration(limit) ?? 0)) return [];
  return [
    {
      reason: 'UnsupportedValue',
      message: `the sidecar of an endpoint keeps its own limit of ${limit} in this version: a longer one takes effect only for endpoints without a sidecar`,
      field: `spec.timeouts.${name}`,
    },
  ];
}
