// The handshake keys of WebSocket over HTTP/1.1 (RFC 6455 4.1, 4.2.2). HTTP/2 has none (RFC 8441 5): whoever goes from
// one to the other makes and checks them.

import { createHash, randomBytes } from 'node:crypto';

/** RFC 6455 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export function newWebSocketKey(): string {
  return randomBytes(16).toString('base64');
}

/** The Sec-WebSocket-Accept that answers a key. */
export function webSocketAccept(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64');
}
