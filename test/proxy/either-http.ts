// Origins and clients of the tests that speak HTTP/1.1 or HTTP/2, by node:http and node:http2, and look the same.

import { once } from 'node:events';
import {
  createServer as createHttp1,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http';
import {
  type ClientHttp2Session,
  connect,
  createServer as createHttp2,
  type Http2ServerRequest,
  type ServerHttp2Session,
  type ServerOptions,
} from 'node:http2';
import type { Writable } from 'node:stream';
import { listen } from './http.ts';

export type Version = 'http1' | 'http2';

/** What both libraries' requests and responses have. */
export type EitherRequest = IncomingMessage | Http2ServerRequest;
export interface EitherResponse extends Writable {
  statusCode: number;
  setHeader(name: string, value: string | readonly string[]): unknown;
  addTrailers(trailers: Readonly<Record<string, string>>): void;
  writeEarlyHints(hints: Readonly<Record<string, string>>): void;
}

export interface EitherOrigin extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Open HTTP/2 connections. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

export async function startEither(
  version: Version,
  answer: (request: EitherRequest, response: EitherResponse) => void,
  options: ServerOptions = {},
): Promise<EitherOrigin> {
  let connections = 0;
  const sessions = new Set<ServerHttp2Session>();
  const serve = answer as (request: EitherRequest, response: unknown) => void;
  const server = version === 'http1' ? createHttp1(serve) : createHttp2(options, serve);
  const sockets = new Set<{ destroy(): void; once(event: 'close', listener: () => void): unknown }>();
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.once('close', () => sessions.delete(session));
  });
  return {
    port: await listen(server),
    get connections() {
      return connections;
    },
    sessions,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export interface EitherCall {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Parts go out one by one; without a length header their sum is not announced. */
  readonly body?: readonly (string | Buffer)[];
  readonly trailers?: Readonly<Record<string, string>>;
}

export interface EitherAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly trailers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Statuses of 1xx answers. */
  readonly informational: readonly number[];
}

export interface EitherClient extends AsyncDisposable {
  readonly version: Version;
  call(options?: EitherCall): Promise<EitherAnswer>;
}

export async function connectEither(version: Version, port: number): Promise<EitherClient> {
  if (version === 'http1') return http1Client(port);
  return connectHttp2(port);
}

function http1Client(port: number): EitherClient {
  return {
    version: 'http1',
    call: ({ method = 'GET', path = '/', headers = {}, body, trailers } = {}) =>
      new Promise((resolve, reject) => {
        const informational: number[] = [];
        const lines =
          body === undefined || 'content-length' in headers ? {} : { 'transfer-encoding': 'chunked' };
        const outgoing = request(
          { host: '127.0.0.1', port, method, path, headers: { ...headers, ...lines }, agent: false },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                trailers: response.trailers,
                body: Buffer.concat(chunks),
                informational,
              }),
            );
          },
        );
        outgoing.on('error', reject);
        outgoing.on('information', ({ statusCode }) => informational.push(statusCode));
        for (const part of body ?? []) outgoing.write(part);
        if (trailers !== undefined) outgoing.addTrailers(trailers);
        outgoing.end();
      }),
    async [Symbol.asyncDispose]() {},
  };
}

export interface Http2Client extends EitherClient {
  readonly session: ClientHttp2Session;
}

export async function connectHttp2(port: number): Promise<Http2Client> {
  // node:http2 counts what it has not sent yet as memory of the session's.
  const session = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 1_000 });
  session.on('error', () => {});
  await once(session, 'connect');
  return {
    version: 'http2',
    session,
    call: (options) => callHttp2(session, options),
    async [Symbol.asyncDispose]() {
      if (session.destroyed) return;
      const closed = once(session, 'close');
      session.destroy();
      await closed;
    },
  };
}

/** Rejects where the stream ends before its answer is complete, with its reset code. */
export function callHttp2(session: ClientHttp2Session, options: EitherCall = {}): Promise<EitherAnswer> {
  const { method = 'GET', path = '/', headers = {}, body, trailers } = options;
  const { promise, resolve, reject } = Promise.withResolvers<EitherAnswer>();
  const stream = session.request(
    { ':method': method, ':path': path, ...(headers as Record<string, string | string[]>) },
    { endStream: body === undefined, waitForTrailers: trailers !== undefined },
  );
  const informational: number[] = [];
  const chunks: Buffer[] = [];
  let received: IncomingHttpHeaders = {};
  let last: IncomingHttpHeaders = {};
  let hasEnded = false;
  stream.on('headers', (head) => informational.push(Number(head[':status'])));
  stream.on('response', (head) => {
    received = head;
  });
  stream.on('trailers', (head) => {
    last = head;
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    hasEnded = true;
  });
  stream.on('error', () => {});
  stream.on('close', () => {
    const status = Number(received[':status' as keyof IncomingHttpHeaders]);
    if (hasEnded && (stream.rstCode ?? 0) === 0 && status > 0)
      resolve({ status, headers: received, trailers: last, body: Buffer.concat(chunks), informational });
    else reject(new Error(`reset with code ${stream.rstCode}`));
  });
  if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  for (const part of body ?? []) stream.write(part);
  if (body !== undefined) stream.end();
  return promise;
}
