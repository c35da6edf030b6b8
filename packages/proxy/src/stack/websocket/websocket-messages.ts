// Counts the messages in one direction of a WebSocket by the heads of its frames (RFC 6455 5.2), over whatever pieces
// the bytes come in. Control frames are none; a message in fragments is one, when its last one begins.

import type { MessageCounter } from '../../telemetry/message-counter.ts';

const FIN = 0x80;
const CONTROL = 0x08;
const MASKED = 0x80;
const LENGTH = 0x7f;
/** Two bytes, eight of length, four of mask. */
const LONGEST_HEAD = 14;

export class WebSocketMessages implements MessageCounter {
  count = 0;
  /** Bytes still to come of the frame that runs. */
  #rest = 0;
  /** What has come of a frame's head that was cut. */
  readonly #head = Buffer.alloc(LONGEST_HEAD);
  #headBytes = 0;

  take(chunk: Buffer): void {
    const end = chunk.length;
    let at = this.#rest;
    while (at < end) {
      if (this.#headBytes > 0) {
        this.#head[this.#headBytes++] = chunk[at++] as number;
        if (this.#headBytes < headLength(this.#head, 0, this.#headBytes)) continue;
        this.#headBytes = 0;
        at += this.#takeHead(this.#head, 0);
      } else {
        const length = headLength(chunk, at, end - at);
        if (length <= end - at) at += length + this.#takeHead(chunk, at);
        else {
          this.#headBytes = chunk.copy(this.#head, 0, at);
          at = end;
        }
      }
    }
    this.#rest = at - end;
  }

  /** Answers the length of the frame's content. */
  #takeHead(bytes: Buffer, at: number): number {
    const first = bytes[at] as number;
    if ((first & FIN) !== 0 && (first & CONTROL) === 0) this.count++;
    const length = (bytes[at + 1] as number) & LENGTH;
    if (length < 126) return length;
    return length === 126
      ? bytes.readUInt16BE(at + 2)
      : bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
  }
}

/** `available`: bytes from `at` on that are there, at least one. What is not known yet is taken for the least. */
function headLength(bytes: Buffer, at: number, available: number): number {
  if (available < 2) return 2;
  const second = bytes[at + 1] as number;
  const length = second & LENGTH;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + ((second & MASKED) === 0 ? 0 : 4);
}
