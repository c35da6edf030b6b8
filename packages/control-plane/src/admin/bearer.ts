// The check of `Authorization: Bearer <secret>` (RFC 6750 2.1).

import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares digests in constant time, so that neither content nor length can be guessed from the time taken. */
export function isBearer(header: string | undefined, secret: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
