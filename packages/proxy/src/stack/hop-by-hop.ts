// Which lines of a head end at this hop (RFC 9110 section 7.6.1): the one place that knows.

import { KNOWN } from './known-header.ts';

/** Never forwarded as received: the next hop's framing and persistence are ours to say. */
export const HOP_BY_HOP_MASK =
  (1 << KNOWN.connection) |
  (1 << KNOWN['keep-alive']) |
  (1 << KNOWN['proxy-connection']) |
  (1 << KNOWN['transfer-encoding']) |
  (1 << KNOWN.te) |
  (1 << KNOWN.upgrade);

/**
 * Headers that Connection may not name: dropping them would change the message's meaning or take away what
 * policy has looked at (the «hop-by-hop abuse» of RFC 9110 7.6.1's last paragraph).
 */
const PROTECTED = new Set([
  'host',
  'content-length',
  'authorization',
  'cookie',
  'traceparent',
  'x-request-id',
  'te',
]);

/** The names that a message's own Connection header takes off at this hop. */
export function connectionNamed(names: readonly string[] | null): ReadonlySet<string> | null {
  if (names === null) return null;
  const dropped = names.filter((name) => !PROTECTED.has(name) && !name.startsWith('x-forwarded-'));
  return dropped.length === 0 ? null : new Set(dropped);
}
