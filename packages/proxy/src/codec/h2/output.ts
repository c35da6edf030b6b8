// What one connection writes: frames go straight into a buffer, which is written once per turn of the event loop: when
// all sockets that were readable have been read, since what they brought may go out on one connection. With requests
// from 50 connections this saves a third of what each costs; one alone goes out as soon.
//
// Data is copied into it, since chunks are valid during their event only (transport/shared-read.ts). The buffers are
// used again once the system has taken them: new ones would be garbage faster than it is collected.

import type { Socket } from 'node:net';
import { FRAME_HEADER_BYTES } from './frame.ts';

/** A chunk of 64 KiB in frames of 16 KiB, and a head, fit into one. */
const SLAB_BYTES = 67_584;
/** Free ones, for all connections; more than so many are left to the garbage collector. */
const FREE: Buffer[] = [];
const MAX_FREE = 64;
const NONE = Buffer.alloc(0);

/** Connections with something to write in this turn. */
const dirty: Output[] = [];

function flushAll(): void {
  for (let i = 0; i < dirty.length; i++) (dirty[i] as Output).flush();
  dirty.length = 0;
}

export class Output {
  /** Bytes from 0 to `at` are to be written; what is written next goes to `at`, after `reserve`. */
  buffer: Buffer = NONE;
  at = 0;
  /** Counts buffers: an offset into `buffer` holds while this stays the same. */
  generation = 0;
  /** The socket asked us to wait; it will emit `drain`. */
  needsDrain = false;

  readonly #socket: Socket;
  /** Handed to the socket, which has not got rid of them. */
  #unwritten: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the peer has not made room for. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Makes sure that `bytes` fit behind `at`. */
  reserve(bytes: number): void {
    if (this.at + bytes > this.buffer.length) this.#renew(this.at, bytes);
  }

  /** The same, where the bytes from `start` on have to stay together with what follows. Answers where they begin now. */
  extend(start: number, bytes: number): number {
    if (this.at + bytes <= this.buffer.length) return start;
    this.#renew(start, bytes);
    return 0;
  }

  /** Writes what there is before `start`, and goes on in another buffer with the rest. */
  #renew(start: number, bytes: number): void {
    const before = this.buffer;
    const rest = this.at - start;
    const needed = rest + bytes;
    const next =
      needed > SLAB_BYTES
        ? Buffer.allocUnsafeSlow(needed * 2)
        : (FREE.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES));
    if (rest > 0) before.copy(next, 0, start, this.at);
    this.at = start;
    this.flush();
    this.buffer = next;
    this.at = rest;
    this.generation++;
    if (before === NONE && dirty.push(this) === 1) setImmediate(flushAll);
  }

  /** Begins a frame whose payload follows; its bytes have to be reserved. */
  frameHeader(length: number, type: number, flags: number, streamId: number): void {
    writeFrameHeader(this.buffer, this.at, length, type, flags, streamId);
    this.at += FRAME_HEADER_BYTES;
  }

  uint32(value: number): void {
    writeUint32(this.buffer, this.at, value);
    this.at += 4;
  }

  flush(): void {
    const { buffer } = this;
    const bytes = this.at;
    if (buffer === NONE) return;
    this.buffer = NONE;
    this.at = 0;
    this.generation++;
    const socket = this.#socket;
    if (bytes === 0 || !socket.writable) {
      recycle(buffer);
      return;
    }
    this.#recycleWritten();
    if (!socket.write(buffer.subarray(0, bytes))) this.needsDrain = true;
    // Where the system has taken all at once, as it mostly does, nobody looks at the buffer any more.
    if (socket.writableLength === 0) recycle(buffer);
    else this.#unwritten.push(buffer);
  }

  /** The socket has emitted `drain`. */
  onDrain(): void {
    this.needsDrain = false;
    this.#recycleWritten();
  }

  #recycleWritten(): void {
    if (this.#unwritten.length === 0 || this.#socket.writableLength > 0) return;
    for (const buffer of this.#unwritten) recycle(buffer);
    this.#unwritten.length = 0;
  }
}

function recycle(buffer: Buffer): void {
  if (buffer.length === SLAB_BYTES && FREE.length < MAX_FREE) FREE.push(buffer);
}

export function writeFrameHeader(
  bytes: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  bytes[at] = length >> 16;
  bytes[at + 1] = length >> 8;
  bytes[at + 2] = length;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  writeUint32(bytes, at + 5, streamId);
}

export function writeUint32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
