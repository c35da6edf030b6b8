// Ends a connection so that the other side notices that something is missing.

import { Socket } from 'node:net';

/**
 * A TCP reset. Under TLS too: to end without close_notify (RFC 8446 6.1) would do, but Node's TLS takes that for a
 * regular end.
 */
export function abort(socket: Socket): void {
  if (socket.destroyed) return;
  if (!('encrypted' in socket)) {
    socket.resetAndDestroy();
    return;
  }
  // Undocumented, and so old that it stays: the connection below. Without it the end is a regular one.
  const { _parent: below } = socket as Socket & { readonly _parent?: Socket | null };
  // Later, since OpenSSL may be at work further up the stack, and what it works on would be freed.
  setImmediate(() => {
    if (below instanceof Socket && !below.destroyed) below.resetAndDestroy();
    socket.destroy();
  });
}
