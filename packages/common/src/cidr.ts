// IP addresses and CIDR ranges as bits, without node:net, so that policies are decided in a browser too.
//
// A CidrSet is a binary trie for each address family: one lookup walks at most as many bits as the longest range
// has, whatever their number, and allocates nothing.

/** A range: the first `length` bits of `bytes` (4 for IPv4, 16 for IPv6). */
export interface Cidr {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or one address; undefined where it is neither. Bits behind the length are free. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  if (slash === -1) return { bytes, length: bytes.length * 8 };
  const digits = text.slice(slash + 1);
  const length = /^(0|[1-9][0-9]{0,2})$/.test(digits) ? Number(digits) : Number.NaN;
  return length <= bytes.length * 8 ? { bytes, length } : undefined;
}

/** The bytes of an address, 4 or 16; undefined where it is none. IPv4-mapped IPv6 gives the IPv4 address. */
export function parseAddress(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  const size = readAddress(text, bytes);
  return size === 0 ? undefined : bytes.slice(0, size);
}

/** Ranges of both families; `has` tells whether an address is in one of them. */
export class CidrSet {
  readonly #v4 = new BitTrie();
  readonly #v6 = new BitTrie();
  readonly #scratch = new Uint8Array(16);

  constructor(ranges: Iterable<Cidr>) {
    for (const { bytes, length } of ranges) (bytes.length === 4 ? this.#v4 : this.#v6).add(bytes, length);
  }

  /** False also for a text that is no address. */
  has(address: string): boolean {
    const size = readAddress(address, this.#scratch);
    if (size === 0) return false;
    return (size === 4 ? this.#v4 : this.#v6).covers(this.#scratch, size * 8);
  }
}

/** Nodes are pairs in one array: where bit 0 leads and where bit 1 leads; 0 is nowhere, ALL takes everything. */
const ALL = -1;

class BitTrie {
  readonly #next: number[] = [0, 0];
  #isEverything = false;

  add(bytes: Uint8Array, length: number): void {
    if (length === 0) this.#isEverything = true;
    let node = 0;
    for (let i = 0; i < length; i++) {
      const edge = node + bit(bytes, i);
      const next = this.#next[edge] as number;
      if (next === ALL) return;
      if (i === length - 1) {
        this.#next[edge] = ALL;
      } else if (next === 0) {
        node = this.#next.push(0, 0) - 2;
        this.#next[edge] = node;
      } else {
        node = next;
      }
    }
  }

  covers(bytes: Uint8Array, length: number): boolean {
    if (this.#isEverything) return true;
    let node = 0;
    for (let i = 0; i < length; i++) {
      node = this.#next[node + bit(bytes, i)] as number;
      if (node <= 0) return node === ALL;
    }
    return false;
  }
}

function bit(bytes: Uint8Array, index: number): number {
  return ((bytes[index >> 3] as number) >> (7 - (index & 7))) & 1;
}

/** Writes an address's bytes; returns 4 or 16, or 0 where it is none. */
function readAddress(text: string, into: Uint8Array): 0 | 4 | 16 {
  if (!text.includes(':')) return readV4(text, 0, text.length, into, 0) ? 4 : 0;
  if (!readV6(text, into)) return 0;
  if (!isV4Mapped(into)) return 16;
  into.copyWithin(0, 12, 16);
  return 4;
}

function isV4Mapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

const ZERO = 0x30;
const DOT = 0x2e;
const COLON = 0x3a;

/** Four decimal numbers without leading zeros (which some read as octal) in text[start, end). */
function readV4(text: string, start: number, end: number, into: Uint8Array, offset: number): boolean {
  let part = 0;
  let value = 0;
  let digits = 0;
  for (let i = start; i <= end; i++) {
    const code = i === end ? DOT : text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || part === 4) return false;
      into[offset + part++] = value;
      value = 0;
      digits = 0;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return false;
    value = value * 10 + digit;
    digits++;
    if (value > 255) return false;
  }
  return part === 4;
}

/** RFC 4291 2.2: eight groups, one `::`, IPv4 for the last two groups. No zone. */
function readV6(text: string, into: Uint8Array): boolean {
  let size = 0;
  let gap = -1;
  let i = 0;
  if (text.startsWith('::')) {
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    if (size === 16) return false;
    let value = 0;
    const start = i;
    for (let digit = hexDigit(text, i); digit !== -1; digit = hexDigit(text, ++i)) value = value * 16 + digit;
    if (text.charCodeAt(i) === DOT) {
      if (size > 12 || !readV4(text, start, text.length, into, size)) return false;
      size += 4;
      break;
    }
    if (i === start || i - start > 4) return false;
    into[size++] = value >> 8;
    into[size++] = value & 0xff;
    if (i === text.length) break;
    if (text.charCodeAt(i) !== COLON) return false;
    i++;
    if (text.charCodeAt(i) === COLON) {
      if (gap !== -1) return false;
      gap = size;
      i++;
    } else if (i === text.length) {
      return false;
    }
  }
  if (gap === -1) return size === 16;
  if (size > 14) return false;
  into.copyWithin(16 - (size - gap), gap, size);
  into.fill(0, gap, 16 - (size - gap));
  return true;
}

function hexDigit(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
