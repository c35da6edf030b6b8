// Writes header sections as HEADERS and CONTINUATION frames, field by field, straight into the output.

import type { LineSink } from '../../stack/http.ts';
import { FLAG, FRAME, FRAME_HEADER_BYTES, MIN_MAX_FRAME_SIZE } from './frame.ts';
import { fieldBound, HpackEncoder } from './hpack/encoder.ts';
import { type Output, writeFrameHeader } from './output.ts';

export class HeadWriter {
  /** What the peer takes. */
  maxFrameSize = MIN_MAX_FRAME_SIZE;
  readonly #output: Output;
  readonly #encoder = new HpackEncoder();
  /** Where the HEADERS frame under way begins. */
  #start = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  setMaxTableSize(size: number): void {
    this.#encoder.setMaxTableSize(size);
  }

  begin(): void {
    const output = this.#output;
    output.reserve(FRAME_HEADER_BYTES);
    this.#start = output.at;
    output.at += FRAME_HEADER_BYTES;
    this.#encoder.begin();
  }

  /** One field; pseudo-headers first. */
  readonly field: LineSink = (name, value, id, isSensitive = false) => {
    const output = this.#output;
    this.#start = output.extend(this.#start, fieldBound(name, value));
    output.at = this.#encoder.field(output.buffer, output.at, name, value, id, isSensitive);
  };

  /** Completes the frame; answers where its header is in the output. */
  end(streamId: number, flags: number): number {
    const output = this.#output;
    const length = output.at - this.#start - FRAME_HEADER_BYTES;
    if (length > this.maxFrameSize) this.#split(length, streamId, flags);
    else {
      writeFrameHeader(output.buffer, this.#start, length, FRAME.headers, flags | FLAG.endHeaders, streamId);
    }
    return this.#start;
  }

  /** A block that one frame cannot hold: from the last piece on, each is moved behind a header of its own. */
  #split(length: number, streamId: number, flags: number): void {
    const output = this.#output;
    const max = this.maxFrameSize;
    const more = Math.ceil(length / max) - 1;
    this.#start = output.extend(this.#start, more * FRAME_HEADER_BYTES);
    const { buffer } = output;
    const block = this.#start + FRAME_HEADER_BYTES;
    for (let i = more; i > 0; i--) {
      const piece = Math.min(max, length - i * max);
      const to = block + i * (max + FRAME_HEADER_BYTES);
      buffer.copyWithin(to, block + i * max, block + i * max + piece);
      const isLast = i === more;
      writeFrameHeader(
        buffer,
        to - FRAME_HEADER_BYTES,
        piece,
        FRAME.continuation,
        isLast ? FLAG.endHeaders : 0,
        streamId,
      );
    }
    writeFrameHeader(buffer, this.#start, max, FRAME.headers, flags, streamId);
    output.at += more * FRAME_HEADER_BYTES;
  }
}
