// ReferenceGrant (gateway.networking.k8s.io/v1) → ReferenceGrant.

import type { ReferenceGrant as ReferenceGrantResource } from '@weft/api/kinds/reference-grant';
import type { ReferenceGrant } from '../model/reference-grant.ts';
import { type Ingested, modelObject } from './ingested.ts';

export function ingestReferenceGrant({ metadata, spec }: ReferenceGrantResource): Ingested<ReferenceGrant> {
  return {
    value: { ...modelObject('ReferenceGrant', metadata), from: spec.from, to: spec.to },
    findings: [],
  };
}
