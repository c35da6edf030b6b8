// Serves a fetch handler (a hono app) on node:http: one request is one Request, one answer one Response. Bodies
// are small JSON both ways, so they are read and written whole.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ListenTarget } from '@weft/common/listen-error';
import { listening } from '@weft/common/listening-server';

export type FetchHandler = (request: Request) => Response | Promise<Response>;

export interface FetchServer extends AsyncDisposable {
  /** The port that was bound: another than asked for where that was 0. */
  readonly port: number;
  close(): Promise<void>;
}

/** A larger body is answered 413: some thousands of Pods fit. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Rejects with a message for the user when the port can not be bound. */
export async function serveFetch(target: ListenTarget, handler: FetchHandler): Promise<FetchServer> {
  const server = createServer((request, response) => {
    answer(request, handler).then(
      (result) => write(response, result),
      // Only a client that went away in the middle of its body gets here: handlers turn failures into answers.
      () => response.destroy(),
    );
  });
  return listening(server, target);
}

interface Result {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

async function answer(incoming: IncomingMessage, handler: FetchHandler): Promise<Result> {
  const body = await readBody(incoming);
  if (body === undefined) return { status: 413, headers: { connection: 'close' }, body: Buffer.alloc(0) };
  const response = await handler(toRequest(incoming, body));
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toRequest(incoming: IncomingMessage, body: Buffer<ArrayBuffer>): Request {
  const method = incoming.method ?? 'GET';
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!);
  }
  // The name is not taken from the Host header: the guard looks at that, routes do not.
  const url = URL.parse(incoming.url ?? '/', 'http://localhost') ?? new URL('http://localhost/');
  const carriesBody = method !== 'GET' && method !== 'HEAD';
  return new Request(url, { method, headers, ...(carriesBody && { body }) });
}

function write(response: ServerResponse, { status, headers, body }: Result): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}
