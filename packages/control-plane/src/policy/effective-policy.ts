// What is in force on one port of a workload once all policies are matched and merged.

import type { AuthorizationRuleSet, InboundPort } from '@weft/api/proxy-config/types';
import type { EffectiveMtls } from './authentication/effective.ts';

export interface EffectivePolicy {
  readonly mtls: EffectiveMtls;
  /** In order of evaluation. */
  readonly authorization: readonly AuthorizationRuleSet[];
  /** Limits that are longer than the proxy's own. */
  readonly idle: Pick<InboundPort, 'idleTimeoutMs' | 'streamIdleMs'>;
}
