// A header block that came in several frames (RFC 9113 4.3), put together; nothing else may come in between.

import { FLAG } from './frame.ts';
import type { H2Limits } from './limits.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';

export class HeaderBlock {
  /** 0 while there is none. */
  streamId = 0;
  isEnd = false;
  #bytes = Buffer.alloc(0);
  #length = 0;
  #frames = 0;

  begin(streamId: number, isEnd: boolean, bytes: Buffer, start: number, end: number): void {
    this.streamId = streamId;
    this.isEnd = isEnd;
    this.#length = 0;
    this.#frames = 0;
    this.#append(bytes, start, end);
  }

  /** Takes a CONTINUATION; answers the whole block when it is complete. */
  continue(
    limits: H2Limits,
    flags: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): Buffer | H2Refusal | undefined {
    if (++this.#frames > limits.continuations) return REFUSALS.continuationFlood;
    if (this.#length + end - start > limits.blockBytes) return REFUSALS.blockTooLarge;
    this.#append(bytes, start, end);
    if ((flags & FLAG.endHeaders) === 0) return undefined;
    const block = this.#bytes.subarray(0, this.#length);
    this.streamId = 0;
    this.#bytes = Buffer.alloc(0);
    return block;
  }

  /** Doubles its room, so that a block sent byte by byte costs its length and not its square. */
  #append(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(length * 2);
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, this.#length, start, end);
    this.#length = length;
  }
}
