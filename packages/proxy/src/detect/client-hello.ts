// Reads the names that a TLS client says in the clear: SNI and ALPN (RFC 8446 4.1.2, RFC 6066 3, RFC 7301 3.1).
// Only looks; the bytes go on unchanged to whoever terminates or forwards the connection.

export interface ClientHello {
  readonly serverName: string | undefined;
  readonly protocols: readonly string[];
}

/** `more`: not all of it has come. undefined: it is no ClientHello that we can read, yet may still be TLS. */
export type ClientHelloResult =
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  | { readonly kind: 'more' }
  | { readonly kind: 'unreadable' };

/** TLS record type handshake, version 3.x: what the first bytes of every TLS connection are. */
export function startsTls(bytes: Buffer): boolean {
  return bytes[0] === 22 && (bytes.length < 2 || bytes[1] === 3);
}

const UNREADABLE = { kind: 'unreadable' } as const;
const MORE = { kind: 'more' } as const;
const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
/** RFC 8446 5.1. */
const MAX_RECORD_BYTES = 16_384;
/** Real ones have some 500 bytes, 2,000 with post-quantum keys. More is not waited for. */
export const MAX_HELLO_BYTES = 32_768;

/** A hello may be spread over any number of segments and of records (RFC 8446 5.1). */
export function readClientHello(bytes: Buffer): ClientHelloResult {
  const fragments: Buffer[] = [];
  let length = 0;
  let expected = MESSAGE_HEADER_BYTES;
  for (let at = 0; at + RECORD_HEADER_BYTES <= bytes.length; ) {
    const recordLength = bytes.readUInt16BE(at + 3);
    // Empty records are not allowed for handshakes (5.1).
    if (!startsTls(bytes.subarray(at)) || recordLength === 0 || recordLength > MAX_RECORD_BYTES)
      return UNREADABLE;
    const fragment = bytes.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + recordLength);
    if (length === 0 && fragment.length > 0 && fragment[0] !== 1) return UNREADABLE;
    fragments.push(fragment);
    length += fragment.length;
    if (expected === MESSAGE_HEADER_BYTES && length >= MESSAGE_HEADER_BYTES) {
      expected += Buffer.concat(fragments, MESSAGE_HEADER_BYTES).readUIntBE(1, 3);
      if (expected > MAX_HELLO_BYTES) return UNREADABLE;
    }
    if (expected > MESSAGE_HEADER_BYTES && length >= expected)
      return hello(Buffer.concat(fragments, expected));
    at += RECORD_HEADER_BYTES + recordLength;
  }
  return MORE;
}

function hello(message: Buffer): ClientHelloResult {
  try {
    return { kind: 'hello', hello: parse(message.subarray(MESSAGE_HEADER_BYTES)) };
  } catch (error) {
    if (error instanceof RangeError) return UNREADABLE;
    throw error;
  }
}

/** Out of bounds reads throw RangeError, which is the one way that parsing fails. */
function parse(body: Buffer): ClientHello {
  let at = 2 + 32;
  at += 1 + body.readUInt8(at);
  at += 2 + body.readUInt16BE(at);
  at += 1 + body.readUInt8(at);
  const end = at + 2 + body.readUInt16BE(at);
  at += 2;
  let serverName: string | undefined;
  let protocols: string[] = [];
  while (at < end) {
    const type = body.readUInt16BE(at);
    const length = body.readUInt16BE(at + 2);
    const data = body.subarray(at + 4, at + 4 + length);
    if (data.length < length) throw new RangeError('extension is longer than the hello');
    if (type === 0) serverName = hostName(data);
    if (type === 16) protocols = protocolNames(data);
    at += 4 + length;
  }
  return { serverName, protocols };
}

/** The first name of the list, which has to be a host's: no other type was ever defined (RFC 6066 3). */
function hostName(data: Buffer): string | undefined {
  if (data.readUInt8(2) !== 0) return undefined;
  const end = 5 + data.readUInt16BE(3);
  if (end > data.length) throw new RangeError('the name is longer than its extension');
  return data.toString('latin1', 5, end);
}

function protocolNames(data: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2; at < data.length; at += 1 + data.readUInt8(at)) {
    names.push(data.toString('latin1', at + 1, at + 1 + data.readUInt8(at)));
  }
  return names;
}
