// Bytes over a socket, plain or TLS. Half-closes are FINs (close_notify under TLS), resets are RSTs.

import type { Socket } from 'node:net';
import { abort } from './abort.ts';
import type { AcceptedChannel, ByteChannelOwner } from './byte-channel.ts';
import { isShared, shareReads } from './shared-read.ts';
import { SlabWriter } from './slab-writer.ts';

/** Pieces from this size on are gathered; smaller ones go out at once. */
const GATHERED_BYTES = 8_192;

export class SocketChannel implements AcceptedChannel {
  #socket: Socket;
  #writer: SlabWriter;
  readonly #isAccepted: boolean;
  #owner: ByteChannelOwner | undefined;
  #onLost: (() => void) | undefined;
  #isReset = false;
  /** Until the end of this turn. */
  #isGathering = false;

  /** An open socket, half-open ends allowed. `isAccepted`: its reads are not shared yet (shared-read.ts). */
  constructor(socket: Socket, { isAccepted = false } = {}) {
    this.#isAccepted = isAccepted;
    this.#socket = socket;
    this.#writer = new SlabWriter(socket);
    this.#watch(socket);
  }

  #watch(socket: Socket): void {
    socket.on('error', () => {
      this.#isReset = true;
    });
    socket.once('close', () => {
      // That of the socket below may come too.
      if (socket !== this.#socket) return;
      if (this.#owner !== undefined) this.#owner.onClose(this.#isReset);
      else this.#onLost?.();
    });
  }

  whenLost(listener: () => void): void {
    if (this.#socket.closed) listener();
    else this.#onLost = listener;
  }

  start(owner: ByteChannelOwner): void {
    this.#owner = owner;
    if (this.#isAccepted) this.#share();
    const socket = this.#socket;
    // What ended or closed before anyone listened does not say so again.
    if (socket.closed) return owner.onClose(this.#isReset);
    if (socket.readableEnded) owner.onEnd();
    socket.on('data', (chunk: Buffer) => {
      if (!owner.onData(chunk)) socket.pause();
      owner.onFlush();
    });
    socket.on('end', () => owner.onEnd());
    socket.on('drain', () => owner.onDrain());
    socket.resume();
  }

  /** Only now: a socket whose reads are shared gives what it reads whether anyone listens or not. */
  #share(): void {
    const socket = shareReads(this.#socket);
    if (socket === this.#socket) return;
    this.#socket = socket;
    this.#writer = new SlabWriter(socket);
    this.#watch(socket);
  }

  /** Large pieces come one TLS record after the other in a turn of the event loop, and go out in one write. */
  write(chunk: Buffer): boolean {
    if (chunk.length >= GATHERED_BYTES && !isShared(chunk) && !this.#isGathering) {
      this.#isGathering = true;
      this.#socket.cork();
      setImmediate(this.#sendGathered);
    }
    return this.#writer.write(chunk);
  }

  #sendGathered = (): void => {
    this.#isGathering = false;
    this.#socket.uncork();
  };

  flush(): void {}

  end(): void {
    this.#socket.end();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroySoon();
  }

  abort(): void {
    abort(this.#socket);
  }

  /** TCP has one way to say no. */
  refuse(): void {
    abort(this.#socket);
  }
}
