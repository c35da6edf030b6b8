// MeshConfig (weft.dev/v1alpha1) → MeshSettings.

import type { MeshConfig } from '@weft/api/kinds/mesh-config';
import type { MeshSettings } from '../model/mesh-settings.ts';
import type { Ingested } from './ingested.ts';

export function ingestMeshConfig({ spec }: MeshConfig): Ingested<MeshSettings> {
  return {
    value: { trustDomain: spec.trustDomain, mtls: spec.mtls.mode, accessLog: spec.accessLog },
    findings: [],
  };
}
