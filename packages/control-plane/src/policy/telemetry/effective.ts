// TelemetryPolicies, most specific first → what one workload's proxy logs.

import type { Telemetry } from '@weft/api/proxy-config/types';
import type { TelemetryPolicy } from '../../model/policy.ts';

/** `policies`: the one in force at each scope that has one. The first that speaks of the log decides all of it. */
export function effectiveAccessLog(
  policies: readonly TelemetryPolicy[],
  meshDefault: Telemetry['accessLog'],
): Telemetry['accessLog'] {
  const accessLog = policies.find((policy) => policy.accessLog)?.accessLog;
  return { mode: accessLog?.mode ?? meshDefault.mode, format: accessLog?.format ?? meshDefault.format };
}
