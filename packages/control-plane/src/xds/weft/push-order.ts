// The order in which changes reach a proxy: make before break. What is referred to arrives before what refers to
// it, and leaves after it, so that a proxy never holds a route to a cluster that it does not have.

import type { ResourceType } from '@weft/api/proxy-config/types';

const REFERRED_FIRST: readonly ResourceType[] = [
  'Trust',
  'Telemetry',
  'Cluster',
  'Endpoints',
  'Inbound',
  'Outbound',
];

export interface PushStep {
  readonly type: ResourceType;
  readonly change: 'add' | 'remove';
}

export const PUSH_ORDER: readonly PushStep[] = [
  ...REFERRED_FIRST.map((type) => ({ type, change: 'add' as const })),
  ...REFERRED_FIRST.toReversed().map((type) => ({ type, change: 'remove' as const })),
];

export function isResourceType(type: string | undefined): type is ResourceType {
  return (REFERRED_FIRST as readonly (string | undefined)[]).includes(type);
}
