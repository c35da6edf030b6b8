// Finds what is stored for a path in one pass over its characters, however much is stored: by exact path, and by
// every prefix that ends at an element (`/a` covers `/a` and `/a/b`, not `/ab`).
//
// Routes and authorization rules are kept in it. Nothing is allocated by a lookup: prefixes are found by a rolling
// hash in an open-addressing table instead of by substrings.

const SLASH = 0x2f;
/** FNV-1a, 32 bits. */
const HASH_START = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;

/** A prefix as the index knows it: without trailing slash, '' for the root that covers everything, `*` included. */
export function prefixKey(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}

/** The longest prefix of whole elements in a text that paths start with: `/api/v` gives `/api`. */
export function elementPrefix(text: string): string {
  return text.slice(0, Math.max(0, text.lastIndexOf('/')));
}

export class PathIndex<T> {
  /** What the last lookup found, least specific first. Only the first `lookup()` entries count. */
  readonly hits: T[] = [];
  readonly #exact: ReadonlyMap<string, T>;
  readonly #root: T | undefined;
  /** The table: slot → prefix, its hash, its value. A free slot has the prefix ''. */
  readonly #prefixes: string[];
  readonly #hashes: Int32Array;
  readonly #values: (T | undefined)[];
  readonly #mask: number;
  #longest = 0;

  /** `prefixes` by prefixKey. */
  constructor(exact: ReadonlyMap<string, T>, prefixes: ReadonlyMap<string, T>) {
    this.#exact = exact;
    this.#root = prefixes.get('');
    const slots = 2 ** Math.ceil(Math.log2(2 * prefixes.size + 1));
    this.#mask = slots - 1;
    this.#prefixes = Array.from({ length: slots }, () => '');
    this.#hashes = new Int32Array(slots);
    this.#values = Array.from({ length: slots });
    for (const [prefix, value] of prefixes) {
      if (prefix !== '') this.#insert(prefix, value);
    }
  }

  #insert(prefix: string, value: T): void {
    let hash = HASH_START;
    for (let i = 0; i < prefix.length; i++) hash = Math.imul(hash ^ prefix.charCodeAt(i), HASH_PRIME);
    let slot = hash & this.#mask;
    while (this.#prefixes[slot] !== '') slot = (slot + 1) & this.#mask;
    this.#prefixes[slot] = prefix;
    this.#hashes[slot] = hash;
    this.#values[slot] = value;
    this.#longest = Math.max(this.#longest, prefix.length);
  }

  /** Fills `hits` with the root, the prefixes from short to long, and the exact path; returns how many. */
  lookup(path: string): number {
    let count = 0;
    if (this.#root !== undefined) this.hits[count++] = this.#root;
    if (this.#longest > 0) {
      const end = Math.min(path.length, this.#longest);
      let hash = HASH_START;
      for (let i = 0; i <= end; i++) {
        const code = i < path.length ? path.charCodeAt(i) : SLASH;
        if (code === SLASH && i > 0) {
          const value = this.#find(path, i, hash);
          if (value !== undefined) this.hits[count++] = value;
        }
        hash = Math.imul(hash ^ code, HASH_PRIME);
      }
    }
    if (this.#exact.size > 0) {
      const value = this.#exact.get(path);
      if (value !== undefined) this.hits[count++] = value;
    }
    return count;
  }

  #find(path: string, length: number, hash: number): T | undefined {
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const prefix = this.#prefixes[slot] as string;
      if (prefix === '') return undefined;
      if (this.#hashes[slot] === hash && prefix.length === length && path.startsWith(prefix)) {
        return this.#values[slot];
      }
    }
  }
}
