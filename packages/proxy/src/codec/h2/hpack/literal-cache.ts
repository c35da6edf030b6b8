// Strings that peers spell out again and again (`:path` from those who do not index it): found by their encoded bytes,
// with no decoding and no new string. Shared by all connections and of fixed size; what is rare drives out what is rare.

/** Longer strings are decoded each time: few of them repeat. */
const MAX_BYTES = 64;

const IS_USED = 128;
const IS_HUFFMAN = 64;

export class LiteralCache<T> {
  readonly #mask: number;
  /** What a slot holds: its length - 1 and the two flags above. */
  readonly #kinds: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #values: (T | undefined)[];
  /** Of the last `find`: where `keep` puts it; -1 where it is not to be kept. */
  #slot = -1;
  #kind = 0;

  /** `slots`: a power of two. */
  constructor(slots: number) {
    this.#mask = slots - 1;
    this.#kinds = new Uint8Array(slots);
    this.#bytes = new Uint8Array(slots * MAX_BYTES);
    this.#values = Array.from({ length: slots }, () => undefined);
  }

  /** What source[start, end) stands for, if it was kept. */
  find(source: Uint8Array, start: number, end: number, isHuffman: boolean): T | undefined {
    const length = end - start;
    if (length === 0 || length > MAX_BYTES) {
      this.#slot = -1;
      return undefined;
    }
    let hash = length;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (source[i] as number), 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & this.#mask;
    const kind = IS_USED | (isHuffman ? IS_HUFFMAN : 0) | (length - 1);
    this.#slot = slot;
    this.#kind = kind;
    if (this.#kinds[slot] !== kind) return undefined;
    const bytes = this.#bytes;
    for (let i = start, at = slot * MAX_BYTES; i < end; i++, at++)
      if (source[i] !== bytes[at]) return undefined;
    return this.#values[slot];
  }

  /** Keeps what the last `find` was asked for and did not find. */
  keep(source: Uint8Array, start: number, end: number, value: T): void {
    const slot = this.#slot;
    if (slot === -1) return;
    const bytes = this.#bytes;
    for (let i = start, at = slot * MAX_BYTES; i < end; i++, at++) bytes[at] = source[i] as number;
    this.#kinds[slot] = this.#kind;
    this.#values[slot] = value;
  }
}
