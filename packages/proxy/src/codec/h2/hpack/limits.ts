// Bounds of header compression, and why they are what they are.

/** Initial size of both tables: RFC 9113 6.5.2, SETTINGS_HEADER_TABLE_SIZE. */
export const DEFAULT_TABLE_SIZE = 4096;

/** What the table adds to the octets of name and value: RFC 7541 4.1. */
export const ENTRY_OVERHEAD = 32;

/**
 * Our encoder uses no more than this, however much the peer offers: a peer could make us keep megabytes for each
 * connection, and what repeats in a mesh's headers fits several times.
 */
export const MAX_ENCODER_TABLE_SIZE = DEFAULT_TABLE_SIZE;

/**
 * A field larger than this part of the table is not indexed: it would drive out what repeats more often, and one of
 * the table's own size would empty it (RFC 7541 4.4).
 */
export const MAX_ENTRY_SHARE = 1 / 4;

/** Bytes that an integer may have behind its prefix; five hold 2^31 (RFC 7541 5.1 demands a limit). */
export const MAX_INTEGER_BYTES = 5;
export const MAX_INTEGER = 2 ** 31 - 1;
