// TelemetryPolicy (weft.dev/v1alpha1) → TelemetryPolicy.

import type { TelemetryPolicy as TelemetryPolicyResource } from '@weft/api/kinds/telemetry-policy';
import type { TelemetryPolicy } from '../model/policy.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { ingestTargets } from './policy-target.ts';

export function ingestTelemetryPolicy({
  kind,
  metadata,
  spec,
}: TelemetryPolicyResource): Ingested<TelemetryPolicy> {
  return {
    value: {
      ...attachedObject(kind, metadata),
      targets: ingestTargets(spec.targetRefs, metadata.namespace),
      ...(spec.accessLog && { accessLog: spec.accessLog }),
    },
    findings: [],
  };
}
