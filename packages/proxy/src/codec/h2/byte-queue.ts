// Bytes that have to wait, copied: what came while nobody took it, and what may not be sent yet.

/** Buffers grow with what there is to hold: a stream with one small frame holds little, one with many few buffers. */
const MIN_BYTES = 1_024;
const MAX_BYTES = 65_536;
/** Large ones to be used again, for all queues that recycle: under load they would be garbage in no time. */
const FREE: Buffer[] = [];
const MAX_FREE = 64;

export class ByteQueue {
  /** Bytes in it. */
  length = 0;
  readonly #isRecycled: boolean;
  readonly #buffers: Buffer[] = [];
  /** Where the first buffer's bytes begin, and the last one's end. */
  #start = 0;
  #end = 0;

  /** `isRecycled`: what is taken is not looked at any more when something is pushed next, anywhere. */
  constructor(isRecycled: boolean) {
    this.#isRecycled = isRecycled;
  }

  /** Copies chunk[from, …). */
  push(chunk: Buffer, from = 0): void {
    let at = from;
    while (at < chunk.length) {
      let last = this.#buffers.at(-1);
      if (last === undefined || this.#end === last.length) {
        last = this.#allocate(Math.min(MAX_BYTES, Math.max(MIN_BYTES, chunk.length - at, this.length * 2)));
        this.#buffers.push(last);
        this.#end = 0;
      }
      const taken = chunk.copy(last, this.#end, at);
      at += taken;
      this.#end += taken;
      this.length += taken;
    }
  }

  #allocate(bytes: number): Buffer {
    if (!this.#isRecycled || bytes < MAX_BYTES / 4) return Buffer.allocUnsafeSlow(bytes);
    return FREE.pop() ?? Buffer.allocUnsafeSlow(MAX_BYTES);
  }

  /** At most `max` bytes from the front, uncopied. Only where there are any. */
  take(max: number): Buffer {
    const first = this.#buffers[0] as Buffer;
    const isLast = this.#buffers.length === 1;
    const end = Math.min(isLast ? this.#end : first.length, this.#start + max);
    const taken = first.subarray(this.#start, end);
    this.#start = end;
    this.length -= taken.length;
    if (this.length === 0 || (!isLast && end === first.length)) {
      this.#buffers.shift();
      this.#start = 0;
      this.#recycle(first);
    }
    return taken;
  }

  clear(): void {
    for (const buffer of this.#buffers) this.#recycle(buffer);
    this.#buffers.length = 0;
    this.#start = 0;
    this.length = 0;
  }

  #recycle(buffer: Buffer): void {
    if (this.#isRecycled && buffer.length === MAX_BYTES && FREE.length < MAX_FREE) FREE.push(buffer);
  }
}
