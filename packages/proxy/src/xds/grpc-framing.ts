// Length-prefixed messages of gRPC (PROTOCOL-HTTP2.md): one byte "compressed", four bytes length, the message.

const PREFIX = 5;

export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX + message.length);
  framed.writeUInt8(0, 0);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX);
  return framed;
}

/** Puts messages together from a stream's chunks. */
export class MessageDeframer {
  readonly #maxLength: number;
  readonly #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Takes a chunk and calls back for each message that is complete. Throws on what no server of ours sends. */
  push(chunk: Buffer, onMessage: (message: Buffer) => void): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= PREFIX) {
      const head = this.#joined(PREFIX);
      // We never send grpc-accept-encoding, so that nothing may be compressed.
      if (head[0] !== 0) throw new Error('a compressed message, which was not asked for');
      const length = head.readUInt32BE(1);
      if (length > this.#maxLength) throw new Error(`a message of ${length} bytes, above ${this.#maxLength}`);
      if (this.#buffered < PREFIX + length) return;
      const all = this.#joined(PREFIX + length);
      const rest = all.subarray(PREFIX + length);
      if (rest.length > 0) this.#chunks[0] = rest;
      else this.#chunks.shift();
      this.#buffered -= PREFIX + length;
      onMessage(all.subarray(PREFIX, PREFIX + length));
    }
  }

  /** At least `length` bytes in one buffer, joining chunks only when the first does not hold them. */
  #joined(length: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= length) return first;
    const all = Buffer.concat(this.#chunks, this.#buffered);
    this.#chunks.splice(0, this.#chunks.length, all);
    return all;
  }
}
