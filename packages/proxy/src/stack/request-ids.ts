// Layer: gives a request that has none an x-request-id and a W3C traceparent, so that every hop can be told apart.

import { randomFillSync } from 'node:crypto';
import type { HttpService } from './exchange.ts';
import type { RequestHead } from './http.ts';
import { KNOWN } from './known-header.ts';

/** Random bytes are drawn in blocks: the call costs more than the bytes. */
const BLOCK = Buffer.allocUnsafe(8_192);
let used = BLOCK.length;

function randomHex(bytes: number): string {
  if (used + bytes > BLOCK.length) {
    randomFillSync(BLOCK);
    used = 0;
  }
  used += bytes;
  return BLOCK.toString('hex', used - bytes, used);
}

/** A UUID of version 4 (RFC 9562 5.4). */
export function newRequestId(): string {
  const hex = randomHex(16);
  const variant = '89ab'[Number.parseInt(hex[16] as string, 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A trace that nobody samples yet (Trace Context 3.2.2): the first hop that exports spans may decide otherwise. */
export function newTraceparent(): string {
  const hex = randomHex(24);
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-00`;
}

export function requestIds(next: HttpService): HttpService {
  return (exchange) => {
    addRequestIds(exchange.request);
    next(exchange);
  };
}

export function addRequestIds(request: RequestHead): void {
  if (request.known(KNOWN['x-request-id']) === undefined) request.edits.add('x-request-id', newRequestId());
  if (request.known(KNOWN.traceparent) === undefined) request.edits.add('traceparent', newTraceparent());
}
