// What the HTTP clients fetch from: one handler on Node's HTTP/1.1 and HTTP/2 servers.
//   GET /bytes/N   N bytes, always the same ones
//   POST /digest   SHA-256 and size of what was sent, as JSON
//   anything else  a line about the request

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '../../proxy/http.ts';
import { writeTlsFiles } from '../tls-files.ts';

export interface HttpOrigin extends AsyncDisposable {
  readonly http1: number;
  readonly http2: number;
}

/** Not a divisor of buffers and windows, so that nothing lost or repeated falls on a whole number of them. */
const BLOCK = Buffer.from(Array.from({ length: 65_521 }, (_, index) => (index * 31 + (index >> 8)) & 0xff));

export async function startHttpOrigin(): Promise<HttpOrigin> {
  const http1 = createHttp1(serve);
  const http2 = createHttp2(serve);
  const sessions = new Set<{ destroy(): void }>();
  http2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  return {
    http1: await listen(http1),
    http2: await listen(http2),
    async [Symbol.asyncDispose]() {
      const closed = [http1, http2].map((server) => new Promise((resolve) => server.close(resolve)));
      http1.closeAllConnections();
      for (const session of sessions) session.destroy();
      await Promise.all(closed);
    },
  };
}

export interface TlsOrigin extends AsyncDisposable {
  readonly port: number;
  /** Path of its certificate, for `localhost`, which is its own root. */
  readonly certificate: string;
}

/** HTTP/2 in TLS of the origin's own. */
export async function startTlsOrigin(): Promise<TlsOrigin> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-interop-'));
  const { certificate, key } = await writeTlsFiles(folder);
  const server = createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) }, serve);
  const port = await listen(server);
  return {
    port,
    certificate,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** SHA-256 of what `/bytes/N` answers. */
export function digestOfBytes(size: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += BLOCK.length) hash.update(BLOCK.subarray(0, size - at));
  return hash.digest('hex');
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

function serve(request: Request, response: Response): void {
  const { url = '', method, httpVersion } = request;
  const [, size] = /^\/bytes\/(\d+)$/.exec(url) ?? [];
  if (size !== undefined) {
    // Unread, node:http2 resets the stream after the last byte in place of ending it.
    request.resume();
    return sendBytes(response, Number(size));
  }
  const hash = createHash('sha256');
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  request.on('end', () => {
    const digest = url === '/digest' ? hash.digest('hex') : undefined;
    response.setHeader('content-type', 'application/json');
    const answer = { method, url, version: httpVersion, bytes, digest, trailers: request.trailers };
    end(response, `${JSON.stringify(answer)}\n`);
  });
}

function sendBytes(response: Response, size: number): void {
  let left = size;
  response.setHeader('content-length', size);
  const more = (): void => {
    while (left > 0) {
      const chunk = BLOCK.subarray(0, left);
      left -= chunk.length;
      if (!write(response, chunk)) return void response.once('drain', more);
    }
    end(response);
  };
  more();
}

function write(response: Response, chunk: Buffer): boolean {
  return (response as ServerResponse).write(chunk);
}

function end(response: Response, text = ''): void {
  (response as ServerResponse).end(text);
}
