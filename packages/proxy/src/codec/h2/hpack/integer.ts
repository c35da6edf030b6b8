// Writes integers with a prefix (RFC 7541 5.1).

/** The most bytes that `writeInteger` takes for what fits into 32 bits. */
export const INTEGER_BOUND = 6;

/** `max`: 2^N - 1 for a prefix of N bits; `flags`: the bits above it. Answers the offset behind. */
export function writeInteger(out: Uint8Array, at: number, flags: number, max: number, value: number): number {
  if (value < max) {
    out[at] = flags | value;
    return at + 1;
  }
  out[at++] = flags | max;
  let rest = value - max;
  while (rest >= 0x80) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}
