// Counts the messages in one direction of a gRPC call by their prefixes (grpc: doc/PROTOCOL-HTTP2.md,
// Length-Prefixed-Message), over whatever pieces the bytes come in. Nothing is kept of the messages.

import type { MessageCounter } from '../../telemetry/message-counter.ts';

/** One byte of flags, four of length. */
const PREFIX = 5;

export class GrpcMessages implements MessageCounter {
  /** Messages whose prefix has come. */
  count = 0;
  /** Bytes still to come of the message that runs. */
  #rest = 0;
  /** Bytes of a prefix that was cut, and the length as far as it is known. */
  #prefix = 0;
  #length = 0;

  take(chunk: Buffer): void {
    const end = chunk.length;
    let at = this.#rest;
    while (at < end) {
      if (this.#prefix === 0 && end - at >= PREFIX) {
        this.count++;
        at += PREFIX + chunk.readUInt32BE(at + 1);
      } else {
        at = this.#takePrefixByte(chunk[at] as number, at + 1);
      }
    }
    this.#rest = at - end;
  }

  /** A prefix in two pieces: seldom, and byte by byte. Answers where the next message begins. */
  #takePrefixByte(byte: number, next: number): number {
    // The flags are shifted out again by the four bytes of the length.
    this.#length = ((this.#length << 8) | byte) >>> 0;
    if (++this.#prefix < PREFIX) return next;
    const length = this.#length;
    this.count++;
    this.#prefix = 0;
    this.#length = 0;
    return next + length;
  }
}
