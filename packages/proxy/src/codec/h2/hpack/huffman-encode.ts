// Encodes strings in the Huffman code of RFC 7541.

import { CODE_LENGTHS, CODES } from './huffman-code.ts';

/** Bytes that `text` (latin1) takes as Huffman code. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += CODE_LENGTHS[text.charCodeAt(i) & 255] as number;
  return (bits + 7) >>> 3;
}

/** Writes `text` (latin1) to `out` at `at`; answers the offset behind it. */
export function encodeHuffman(text: string, out: Uint8Array, at: number): number {
  // The lowest `bits` bits of `window`, less than 8 of them, are not written yet.
  let window = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 255;
    let code = CODES[symbol] as number;
    let length = CODE_LENGTHS[symbol] as number;
    if (length > 24) {
      // With what waits it would not fit into 32 bits.
      window = (window << (length - 16)) | (code >>> 16);
      bits += length - 16;
      while (bits >= 8) out[at++] = window >>> (bits -= 8);
      code &= 0xffff;
      length = 16;
    }
    window = (window << length) | code;
    bits += length;
    while (bits >= 8) out[at++] = window >>> (bits -= 8);
  }
  // Padded with the first bits of EOS (5.2).
  if (bits > 0) out[at++] = (window << (8 - bits)) | (255 >>> bits);
  return at;
}
