// Ids of pseudo-headers (RFC 9113 8.3), above those of stack/known-header.ts, so that one number tells both.

/** From 32 on: a name is a pseudo-header if its id has bit 5. */
export const PSEUDO = {
  ':authority': 32,
  ':method': 33,
  ':path': 34,
  ':protocol': 35,
  ':scheme': 36,
  ':status': 37,
  /** Any other name that begins with a colon. */
  unknown: 38,
} as const;

/** The id of a field that RFC 9113 8.2.1 forbids by the characters of its name or value, whatever its name is. */
export const MALFORMED = 63;
