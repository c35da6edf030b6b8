// Character classes of RFC 9110 section 5.6 and RFC 9112, as tables indexed by byte.

function table(accept: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (accept(byte) ? 1 : 0));
}

const isAlphanumeric = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);

/** tchar (RFC 9110 5.6.2): what methods and header names are made of. */
export const TOKEN = table(
  (byte) => isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".includes(String.fromCharCode(byte)),
);

/** field-vchar, SP and HTAB (RFC 9110 5.5); obs-text passes, control characters do not. */
export const FIELD_VALUE = table((byte) => byte === 9 || (byte >= 32 && byte !== 127));

/** Visible ASCII: a request target holds nothing else (RFC 9112 3.2); bytes over 127 have to be escaped. */
export const TARGET = table((byte) => byte > 32 && byte < 127);

/** Value of a hexadecimal digit, 255 for any other byte. */
export const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return digit >= 0 && byte < 128 ? digit : 255;
});

/** Lower case for ASCII letters, any other byte as it is. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 65 && byte <= 90 ? byte + 32 : byte,
);

export const CR = 13;
export const LF = 10;
export const SP = 32;
export const TAB = 9;
export const COLON = 58;
