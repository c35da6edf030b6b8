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
const HELLO_LIMIT = 16_384;

export function readClientHello(bytes: Buffer): ClientHelloResult {
  if (bytes.length < 9) return { kind: 'more' };
  const recordLength = bytes.readUInt16BE(3);
  // A hello that is spread over several records is legal and unheard of; it passes as opaque TLS.
  if (bytes[5] !== 1 || recordLength > HELLO_LIMIT) return UNREADABLE;
  if (bytes.length < 5 + recordLength) return { kind: 'more' };
  try {
    return { kind: 'hello', hello: parse(bytes.subarray(9, 5 + recordLength)) };
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
    if (type === 0) serverName = data.toString('latin1', 5, 5 + data.readUInt16BE(3));
    if (type === 16) protocols = protocolNames(data);
    at += 4 + length;
  }
  return { serverName, protocols };
}

function protocolNames(data: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2; at < data.length; at += 1 + data.readUInt8(at)) {
    names.push(data.toString('latin1', at + 1, at + 1 + data.readUInt8(at)));
  }
  return names;
}
