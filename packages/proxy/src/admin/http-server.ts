// A small HTTP server for the proxy's own pages: exact paths, one answer each. node:http is fine here, far from
// the data path, and loaded nowhere else in the proxy.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ListenTarget } from '@weft/common/listen-error';
import { listening } from '@weft/common/listening-server';
import { refusedByLoopbackGuard } from '@weft/common/loopback-guard';

// Not by import: Node reads every property of a module that is imported, and of this one that loads undici, web
// streams and HTTP/2, which is 16 MiB of a sidecar that uses none of them.
const { createServer } = process.getBuiltinModule('node:http');

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Default `text/plain`. */
  readonly contentType?: string;
  readonly body: string;
}

export interface Page {
  /** For the list of pages. */
  readonly help: string;
  answer(query: URLSearchParams, request: IncomingMessage): Answer;
}

/** `GET` pages answer HEAD too. */
export type PageKey = `${'GET' | 'POST'} /${string}`;
export type Pages = ReadonlyMap<PageKey, Page>;

export interface HttpServer extends AsyncDisposable {
  /** The port that was bound: another than asked for where that was 0. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Binds and serves. `loopbackOnly` refuses what a web page could have made a browser send. Rejects with a
 * message for the user when the port can not be bound.
 */
export async function serve(target: ListenTarget, pages: Pages, loopbackOnly: boolean): Promise<HttpServer> {
  const server = createServer((request, response) => {
    send(request, response, answerFor(request, pages, loopbackOnly));
  });
  return listening(server, target);
}

export function json(value: unknown): Answer {
  return { contentType: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}

function answerFor(request: IncomingMessage, pages: Pages, loopbackOnly: boolean): Answer {
  const { host, origin } = request.headers;
  const refused = loopbackOnly ? refusedByLoopbackGuard(host, origin) : undefined;
  if (refused !== undefined) return { status: 403, body: `${refused}\n` };

  const url = URL.parse(request.url ?? '/', 'http://localhost');
  if (url === null) return { status: 400, body: 'the request target is not a path\n' };
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const page = pages.get(`${method} ${url.pathname}` as PageKey);
  if (page === undefined) return notFound(url.pathname, pages);
  try {
    return page.answer(url.searchParams, request);
  } catch (error) {
    // A page that fails must not take the data path down with it.
    return { status: 500, body: `${(error as Error).stack}\n` };
  }
}

function notFound(path: string, pages: Pages): Answer {
  const keys = [...pages.keys()];
  const methods = keys.filter((key) => key.endsWith(` ${path}`)).map((key) => key.split(' ')[0]);
  if (methods.length > 0) return { status: 405, body: `${path} takes ${methods.join(' and ')}\n` };
  return { status: 404, body: `there is no ${path}; there are:\n${keys.join('\n')}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  // A body that nobody asked for must not keep the connection from being used again.
  request.resume();
  response.writeHead(answer.status ?? 200, {
    'content-type': answer.contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}
