// Decodes Huffman strings: one table look-up for each character of 8 bits or less, which is nearly all of them.

import { HpackError } from './hpack-error.ts';
import { CODE_LENGTHS, CODES, EOS, MAX_CODE_LENGTH, SYMBOLS_BY_CODE } from './huffman-code.ts';

/** By the next 8 bits: symbol << 4 | length; 0 where the code is longer. 512 bytes, which stay in the first cache. */
const SHORT = new Uint16Array(256);
/** By length, for codes above 8 bits: the first code, how many there are, and the rank of the first's symbol. */
const FIRST_CODE = new Uint32Array(MAX_CODE_LENGTH + 1);
const COUNT = new Uint16Array(MAX_CODE_LENGTH + 1);
const FIRST_RANK = new Uint16Array(MAX_CODE_LENGTH + 1);

for (const [rank, symbol] of SYMBOLS_BY_CODE.entries()) {
  const length = CODE_LENGTHS[symbol] as number;
  const code = CODES[symbol] as number;
  if (length <= 8) SHORT.fill((symbol << 4) | length, code << (8 - length), (code + 1) << (8 - length));
  else {
    if (COUNT[length] === 0) {
      FIRST_CODE[length] = code;
      FIRST_RANK[length] = rank;
    }
    COUNT[length] = (COUNT[length] as number) + 1;
  }
}

/** The most bytes that so many encoded ones can mean: the shortest code has 5 bits. */
export function decodedBound(encoded: number): number {
  return Math.ceil((encoded * 8) / 5);
}

/** Decodes source[start, end) to the beginning of `target`, which has room for `decodedBound` bytes; answers how many. */
export function decodeHuffman(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let at = start;
  let length = 0;
  // The lowest `bits` bits of `window` are those that were read and are not yet used.
  let window = 0;
  let bits = 0;
  for (;;) {
    if (bits < 8) {
      if (at === end) break;
      window = (window << 8) | (source[at++] as number);
      bits += 8;
    }
    const short = SHORT[(window >>> (bits - 8)) & 255] as number;
    if (short !== 0) {
      target[length++] = short >>> 4;
      bits -= short & 15;
    } else {
      const position = at * 8 - bits;
      const long = longCode(source, position, end);
      target[length++] = long >>> 5;
      const next = position + (long & 31);
      at = (next + 7) >>> 3;
      bits = at * 8 - next;
      window = source[at - 1] as number;
    }
  }
  while (bits > 0) {
    const padding = 255 >>> bits;
    const short = SHORT[((window << (8 - bits)) | padding) & 255] as number;
    if (short !== 0 && (short & 15) <= bits) {
      target[length++] = short >>> 4;
      bits -= short & 15;
    } else {
      // RFC 7541 5.2: less than 8 bits, and the first ones of EOS, which are all 1.
      if ((~window & ((1 << bits) - 1)) !== 0)
        throw new HpackError('a Huffman string ends within a character');
      break;
    }
  }
  return length;
}

/** The code at a bit position as symbol << 5 | length; it has more than 8 bits. */
function longCode(source: Uint8Array, position: number, end: number): number {
  const at = position >>> 3;
  const skipped = position & 7;
  const byte = (index: number): number => (index < end ? (source[index] as number) : 255);
  const four = (byte(at) << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3);
  const next = ((four << skipped) | (byte(at + 4) >>> (8 - skipped))) >>> (32 - MAX_CODE_LENGTH);
  for (let length = 9; length <= MAX_CODE_LENGTH; length++) {
    const offset = (next >>> (MAX_CODE_LENGTH - length)) - (FIRST_CODE[length] as number);
    if (offset < 0 || offset >= (COUNT[length] as number)) continue;
    if (position + length > end * 8)
      throw new HpackError('a Huffman string ends within a character or has more than 7 bits of padding');
    const symbol = SYMBOLS_BY_CODE[(FIRST_RANK[length] as number) + offset] as number;
    // RFC 7541 5.2: EOS in a string is an error.
    if (symbol === EOS) throw new HpackError('a Huffman string contains EOS');
    return (symbol << 5) | length;
  }
  throw new HpackError('a Huffman string contains no code');
}
