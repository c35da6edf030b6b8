// The dynamic table of both sides (RFC 7541 2.3.2): a ring, so that no entry moves when others come and go.

export interface TableEntry {
  /** RFC 7541 4.1. */
  readonly size: number;
}

/** Room for so many entries at the start; it doubles when it is needed. */
const FIRST_SLOTS = 16;

export class DynamicTable<T extends TableEntry> {
  /** Its length is a power of two. */
  #ring: (T | undefined)[] = emptySlots(FIRST_SLOTS);
  /** Counts the entries ever added; the newest is at `#added - 1`, modulo the ring's length. */
  #added = 0;
  #count = 0;
  #size = 0;
  #capacity: number;
  readonly #onEvict: ((entry: T) => void) | undefined;

  constructor(capacity: number, onEvict?: (entry: T) => void) {
    this.#capacity = capacity;
    this.#onEvict = onEvict;
  }

  /** Bytes that the entries may have. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The number that the next entry gets; wraps at 32 bits. */
  get nextNumber(): number {
    return this.#added;
  }

  /** Entries from the newest, which is 0. */
  at(index: number): T | undefined {
    return index < this.#count ? this.#ring[(this.#added - 1 - index) & (this.#ring.length - 1)] : undefined;
  }

  /** Where the entry with this number is now. */
  indexOf(number: number): number {
    return (this.#added - 1 - number) | 0;
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#evict(capacity);
  }

  /** An entry larger than the table empties it and is not added, which is no error (4.4). */
  add(entry: T): void {
    this.#evict(this.#capacity - entry.size);
    if (entry.size > this.#capacity) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[this.#added & (this.#ring.length - 1)] = entry;
    this.#added = (this.#added + 1) | 0;
    this.#count++;
    this.#size += entry.size;
  }

  #evict(limit: number): void {
    while (this.#size > limit && this.#count > 0) {
      const slot = (this.#added - this.#count) & (this.#ring.length - 1);
      const entry = this.#ring[slot] as T;
      this.#ring[slot] = undefined;
      this.#size -= entry.size;
      this.#count--;
      this.#onEvict?.(entry);
    }
  }

  #grow(): void {
    const larger = emptySlots<T>(this.#ring.length * 2);
    for (let number = this.#added - this.#count; number !== this.#added; number++)
      larger[number & (larger.length - 1)] = this.#ring[number & (this.#ring.length - 1)];
    this.#ring = larger;
  }
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}
