// One gRPC call by node:http2, so that a test sees the frames' content and not what a gRPC library makes of it.

import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';

export interface RawAnswer {
  readonly head: IncomingHttpHeaders;
  /** The head was the last frame too: a Trailers-Only answer. */
  readonly isTrailersOnly: boolean;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Error code of RST_STREAM; 0 for none. */
  readonly rstCode: number;
}

export interface RawCall {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** The request's side stays open. */
  readonly isOpen?: boolean;
}

export async function rawCall(port: number, call: RawCall = {}): Promise<RawAnswer> {
  const { path = '/shop.Books/Get', headers = {}, body = framed(''), isOpen = false } = call;
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    if (isOpen) stream.write(body);
    else stream.end(body);
    const chunks: Buffer[] = [];
    let head: IncomingHttpHeaders = {};
    let isTrailersOnly = false;
    let trailers: IncomingHttpHeaders | undefined;
    stream.on('response', (received, flags) => {
      head = received;
      isTrailersOnly = (flags & END_STREAM) !== 0;
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // The code says the same.
    stream.on('error', () => {});
    await once(stream, 'close');
    return { head, isTrailersOnly, body: Buffer.concat(chunks), trailers, rstCode: stream.rstCode };
  } finally {
    session.destroy();
  }
}

const END_STREAM = 1;

/** A message with its prefix. */
export function framed(message: string | Buffer): Buffer {
  const bytes = Buffer.from(message);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}
