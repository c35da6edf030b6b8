// Mirroring: whether a request is copied to another cluster.

import type { HttpFilter } from '@weft/api/proxy-config/types';

export type MirrorFilter = Extract<HttpFilter, { kind: 'mirror' }>;

/** Shares are parts of so much. */
export const WHOLE_SHARE = 1_000_000;

/** Whether the request with this random number in [0, 1) is copied. Share 0 copies none. */
export function isMirrored(filter: MirrorFilter, random: number): boolean {
  return random * WHOLE_SHARE < filter.share;
}
