// Cuts a connection's bytes into frames. DATA is handed on as it comes, piece by piece and uncopied; any other frame
// whole: from the chunk itself where it lies in one, else from a copy.

import { FLAG, FRAME, FRAME_HEADER_BYTES } from './frame.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';

/** What is read goes here; buffers are valid during the call only. */
export interface FrameSink {
  /** A frame that is not DATA: its payload is bytes[start, end). */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
  /** A DATA frame begins; `length` counts its padding (RFC 9113 6.9.1). */
  onDataStart(flags: number, streamId: number, length: number): void;
  /** Some of its data, which is never empty. */
  onDataPart(chunk: Buffer, start: number, end: number): void;
  onDataEnd(): void;
  /** The bytes are no frames; nothing more is read. */
  onBroken(refusal: H2Refusal): void;
}

export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxFrameSize: number;
  #isStopped = false;

  /** The beginning of a frame whose rest has not come. */
  #held: Buffer | undefined;
  #heldBytes = 0;

  /** What is still to come of a DATA frame. */
  #dataBytes = 0;
  #paddingBytes = 0;
  #isInData = false;
  /** Its first byte, the length of its padding, has not come. */
  #isPaddingUnknown = false;

  constructor(sink: FrameSink, maxFrameSize: number) {
    this.#sink = sink;
    this.#maxFrameSize = maxFrameSize;
  }

  /** A frame has begun and is not complete. */
  get isPartial(): boolean {
    return this.#heldBytes > 0 || this.#isInData;
  }

  /** Nothing more is read, not even the rest of the chunk that is being read. */
  stop(): void {
    this.#isStopped = true;
    this.#held = undefined;
    this.#heldBytes = 0;
  }

  read(chunk: Buffer, start: number): void {
    const end = chunk.length;
    let at = start;
    while (at < end && !this.#isStopped) {
      if (this.#isInData) at = this.#readData(chunk, at, end);
      else if (this.#heldBytes > 0) at = this.#complete(chunk, at, end);
      else at = this.#readFrame(chunk, at, end);
    }
  }

  #readFrame(chunk: Buffer, at: number, end: number): number {
    if (end - at < FRAME_HEADER_BYTES) return this.#hold(chunk, at, end, FRAME_HEADER_BYTES);
    const length = lengthAt(chunk, at);
    if (length > this.#maxFrameSize) return this.#break(REFUSALS.frameTooLong, end);
    const payload = at + FRAME_HEADER_BYTES;
    const type = chunk[at + 3] as number;
    if (type === FRAME.data) {
      this.#beginData(chunk[at + 4] as number, streamAt(chunk, at), length);
      return payload;
    }
    if (end - payload < length) return this.#hold(chunk, at, end, FRAME_HEADER_BYTES + length);
    this.#sink.onFrame(type, chunk[at + 4] as number, streamAt(chunk, at), chunk, payload, payload + length);
    return payload + length;
  }

  /** Keeps the beginning of a frame, in a buffer that has room for `total` bytes of it. */
  #hold(chunk: Buffer, at: number, end: number, total: number): number {
    const held = Buffer.allocUnsafe(total);
    chunk.copy(held, 0, at, end);
    this.#held = held;
    this.#heldBytes = end - at;
    return end;
  }

  #complete(chunk: Buffer, at: number, end: number): number {
    const held = this.#held as Buffer;
    const taken = Math.min(end - at, held.length - this.#heldBytes);
    chunk.copy(held, this.#heldBytes, at, at + taken);
    this.#heldBytes += taken;
    if (this.#heldBytes < held.length) return end;
    this.#held = undefined;
    this.#heldBytes = 0;
    // Either the header alone, whose payload then is held in its turn, or all of it.
    this.#readFrame(held, 0, held.length);
    return at + taken;
  }

  #beginData(flags: number, streamId: number, length: number): void {
    const isPadded = (flags & FLAG.padded) !== 0;
    if (isPadded && length === 0) {
      this.#break(REFUSALS.frameLength, 0);
      return;
    }
    this.#isInData = true;
    this.#isPaddingUnknown = isPadded;
    this.#paddingBytes = 0;
    this.#dataBytes = length;
    this.#sink.onDataStart(flags, streamId, length);
    if (length === 0) this.#endData();
  }

  #readData(chunk: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#isPaddingUnknown) {
      this.#isPaddingUnknown = false;
      this.#paddingBytes = chunk[at++] as number;
      this.#dataBytes -= 1 + this.#paddingBytes;
      if (this.#dataBytes < 0) return this.#break(REFUSALS.padding, end);
    }
    const data = Math.min(end - at, this.#dataBytes);
    if (data > 0) {
      this.#dataBytes -= data;
      this.#sink.onDataPart(chunk, at, at + data);
      at += data;
    }
    const padding = Math.min(end - at, this.#paddingBytes);
    this.#paddingBytes -= padding;
    if (this.#dataBytes === 0 && this.#paddingBytes === 0) this.#endData();
    return at + padding;
  }

  #endData(): void {
    this.#isInData = false;
    if (!this.#isStopped) this.#sink.onDataEnd();
  }

  #break(refusal: H2Refusal, end: number): number {
    this.stop();
    this.#sink.onBroken(refusal);
    return end;
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
}

/** The reserved bit is ignored (RFC 9113 4.1). */
function streamAt(bytes: Buffer, at: number): number {
  return uint31(bytes, at + 5);
}

/** 31 bits, whatever the first one is. */
export function uint31(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] as number) & 0x7f) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

export function uint32(bytes: Buffer, at: number): number {
  return uint31(bytes, at) + (((bytes[at] as number) & 0x80) === 0 ? 0 : 0x8000_0000);
}
