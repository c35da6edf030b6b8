// Ends a connection so that the other side notices that something is missing.

import { Socket } from 'node:net';

/** What was ended is given so long to get rid of its last bytes before it is reset. */
const LAST_BYTES_MS = 1_000;

/**
 * A TCP reset. Under TLS too: to end without close_notify (RFC 8446 6.1) would do, but Node's TLS takes that for a
 * regular end.
 */
export function abort(socket: Socket): void {
  if (socket.destroyed) return;
  // libuv resets nothing that is being shut down (UV_EINVAL), and Node loses the file descriptor then.
  if (socket.writableEnded && !socket.writableFinished) return abortLater(socket);
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

function abortLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LAST_BYTES_MS);
  socket.once('finish', () => abort(socket));
  socket.once('close', () => clearTimeout(timer));
}
