// A header block that can not be decoded: the two tables are out of step, and the connection is over.

/** RFC 9113 4.3: the connection ends with COMPRESSION_ERROR. */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
