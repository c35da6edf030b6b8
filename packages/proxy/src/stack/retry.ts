// When a request may be sent again without asking: only where no byte of it can have been processed.
// Policies that say more (FEATURES F1, F2: codes, budget) come with BackendTrafficPolicy.

import { GRPC_STATUS } from './grpc/grpc-status.ts';
import type { ResponseHead } from './http.ts';

/** Attempts after the first. */
export const MAX_RETRIES = 2;

/** Base of the pause before the second and later retries; the first goes to another endpoint at once. */
const BASE_DELAY_MS = 25;

const UNAVAILABLE = String(GRPC_STATUS.Unavailable);

/** `attempts`: made so far. */
export function retryDelayMs(attempts: number): number {
  if (attempts <= 1) return 0;
  return BASE_DELAY_MS * 2 ** (attempts - 2) * (0.5 + Math.random());
}

/**
 * Whether an endpoint's sidecar answers that its application never saw the request: connecting failed (UF), or the
 * port is no longer served (NC).
 */
export function hasNotArrived(head: ResponseHead, isGrpc: boolean): boolean {
  const isRefused = isGrpc ? head.header('grpc-status') === UNAVAILABLE : head.status === 503;
  if (!isRefused) return false;
  const flag = head.header('x-weft-response-flags');
  return flag === 'UF' || flag === 'NC';
}

/** RFC 9110 9.2.2. */
export function isIdempotent(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'TRACE':
    case 'PUT':
    case 'DELETE':
      return true;
    default:
      return false;
  }
}
