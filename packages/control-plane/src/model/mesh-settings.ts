// What holds for the whole mesh where nothing more specific says otherwise.

import type { Telemetry } from '@weft/api/proxy-config/types';
import type { MtlsMode } from './policy.ts';

export interface MeshSettings {
  readonly trustDomain: string;
  readonly mtls: MtlsMode;
  readonly accessLog: Telemetry['accessLog'];
}

/** What holds without a MeshConfig; the defaults of its schema say the same. */
export const DEFAULT_SETTINGS: MeshSettings = {
  trustDomain: 'cluster.local',
  mtls: 'PERMISSIVE',
  accessLog: { mode: 'errors', format: 'json' },
};
