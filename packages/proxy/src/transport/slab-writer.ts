// Writes large chunks of shared reads (shared-read.ts): copied, since a chunk is valid during its event only, into
// buffers that are used again once they are written. New ones would be garbage faster than it is collected: under
// load from one fast sender a process would carry some 60 MiB of it.

import type { Socket } from 'node:net';
import { isShared, SHARED_BYTES } from './shared-read.ts';

/** Free buffers, for all connections. */
const FREE: Buffer[] = [];
/** More are left to the garbage collector. */
const MAX_FREE = 64;

export class SlabWriter {
  readonly #socket: Socket;
  /** Those being written, in order. */
  readonly #slabs: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** As Socket.write: false asks to wait for `drain`. */
  write(chunk: Buffer): boolean {
    if (!isShared(chunk)) return this.#socket.write(chunk);
    const slab = FREE.pop() ?? Buffer.allocUnsafeSlow(SHARED_BYTES);
    chunk.copy(slab);
    this.#slabs.push(slab);
    return this.#socket.write(slab.subarray(0, chunk.length), this.#onWritten);
  }

  #onWritten = (error?: Error | null): void => {
    const slab = this.#slabs.shift();
    // After an error the order is not certain, and whether the system has let go of the bytes neither.
    if (slab !== undefined && !error && FREE.length < MAX_FREE) FREE.push(slab);
  };
}
