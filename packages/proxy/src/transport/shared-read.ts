// Reads of plain TCP sockets into one buffer for all connections, instead of a new one of 64 KiB for each read: for
// the small messages of HTTP that is a twentieth of what a request costs.
//
// The price: a `data` chunk is valid during its event only. Whoever keeps one calls `retain` first.

import { connect, Socket, type TcpNetConnectOpts } from 'node:net';

/** Bun lacks it: a handle that is taken over gets no bytes there. All works without, at Node's usual cost. */
const CAN_SHARE = process.versions['bun'] === undefined;

/** No chunk is larger. */
export const SHARED_BYTES = 65_536;
const SHARED = Buffer.allocUnsafeSlow(SHARED_BYTES);

export function isShared(chunk: Buffer): boolean {
  return chunk.buffer === SHARED.buffer;
}

/** The chunk itself if it is the caller's to keep, else a copy. */
export function retain(chunk: Buffer): Buffer {
  return isShared(chunk) ? Buffer.from(chunk) : chunk;
}

/** A new connection whose `data` chunks are shared. */
export function connectShared(options: TcpNetConnectOpts): Socket {
  if (!CAN_SHARE) return connect(options);
  const socket: Socket = connect({ ...options, onread: onread(() => socket) });
  return socket;
}

/**
 * An accepted connection whose `data` chunks are shared: another Socket over the same handle, since Node takes
 * `onread` only when a socket is made. The one given ends with it, so that its server's count stays true.
 * A socket without a TCP handle of its own (TLS) comes back as it is.
 */
export function shareReads(accepted: Socket): Socket {
  if (!CAN_SHARE) return accepted;
  // Undocumented but relied upon by much of the ecosystem (node#8974); without it reads are just not shared.
  const owner = accepted as Socket & { _handle?: object | null };
  const handle = owner._handle;
  if ('encrypted' in accepted || handle === null || handle === undefined || accepted.destroyed)
    return accepted;
  const early = bufferedIn(accepted);
  const hasEnded = accepted.readableEnded;
  owner._handle = null;
  const socket: Socket = new Socket({
    handle,
    allowHalfOpen: true,
    onread: onread(() => socket),
  } as ConstructorParameters<typeof Socket>[0]);
  accepted.once('close', () => socket.destroy());
  socket.once('close', () => accepted.destroy());
  if (early !== undefined) socket.unshift(early);
  // The end may have been read from the handle, which says it once, and not have been told yet.
  if (hasEnded) socket.push(null);
  else accepted.once('end', () => socket.push(null));
  return socket;
}

/** All that a paused socket has read: read() may give one piece after the other. */
function bufferedIn(socket: Socket): Buffer | undefined {
  const pieces: Buffer[] = [];
  while (socket.readableLength > 0) pieces.push(socket.read() as Buffer);
  return pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
}

function onread(owner: () => Socket) {
  return {
    buffer: SHARED,
    callback(length: number, bytes: Uint8Array): boolean {
      owner().emit('data', (bytes as Buffer).subarray(0, length));
      return true;
    },
  };
}
