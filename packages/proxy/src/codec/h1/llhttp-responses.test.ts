// The client side of the codec beside node:http's, which is llhttp: whatever we take for an answer, it takes for the
// same answer. Where we are stricter is listed at the end; to be laxer is a bug.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { ResponseHead, UpstreamOwner } from '../../stack/http.ts';
import { framedBody, headerLine, mutated, oddFraming } from '../../testing/mutated-bytes.ts';
import { H1ClientConnection } from './client-connection.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { H1RequestHead, H1ResponseHead } from './message.ts';
import { parseRequestHead } from './parse-head.ts';

/** An answer that was read to its end. */
interface Read {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Undefined: no answer, or not all of it. */
type Outcome = Read | undefined;

let server: Server;
let port: number;
/** What the server answers every request with; then it closes. */
let answer = '';

before(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
after(() => void server.close());

function readByWeft(method: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const connection = new H1ClientConnection(socket, { onFree: () => connection.close(), onGone() {} });
    let read: Omit<Read, 'body'> | undefined;
    const chunks: Buffer[] = [];
    const owner: UpstreamOwner = {
      onInformational() {},
      onResponseHead(head: ResponseHead) {
        if (head.status === 101) return connection.abort();
        const { status, count } = head as H1ResponseHead;
        const lines = head as H1ResponseHead;
        const headers = Array.from(
          { length: count },
          (_, line) => [lines.name(line), lines.value(line)] as const,
        );
        read = { status, headers };
      },
      onResponseData: (chunk) => chunks.push(Buffer.from(chunk)) > 0,
      onResponseFlush() {},
      onResponseEnd: () => resolve(read && { ...read, body: Buffer.concat(chunks).toString('latin1') }),
      onUpstreamDrain() {},
      onUpstreamError: () => resolve(undefined),
    };
    connection.start(owner);
    const head = new H1RequestHead();
    head.reset(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    parseRequestHead(head, head, DEFAULT_LIMITS);
    head.path = '/';
    connection.sendHead(head);
    connection.sendEnd(undefined);
  });
}

function readByNode(method: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const request = httpRequest({ port, host: '127.0.0.1', method, agent: false }, (response) => {
      const { statusCode: status = 0, rawHeaders } = response;
      const headers = Array.from(
        { length: rawHeaders.length / 2 },
        (_, line) =>
          [(rawHeaders[line * 2] as string).toLowerCase(), rawHeaders[line * 2 + 1] as string] as const,
      );
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve({ status, headers, body: Buffer.concat(chunks).toString('latin1') }));
    });
    request.on('error', () => resolve(undefined));
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(undefined);
    });
    request.end();
  });
}

async function assertNotLaxer(method: string, bytes: string): Promise<void> {
  answer = bytes;
  const ours = await readByWeft(method);
  if (ours === undefined) return;
  const theirs = await readByNode(method);
  if (theirs !== undefined || !(await isReadInPart(method, bytes, ours)))
    assert.deepEqual(ours, theirs, JSON.stringify(bytes));
}

/**
 * node:http gives up an answer that is followed by more bytes. We pass it on, and do not use the connection again:
 * then a part of the bytes is the same answer for both.
 */
async function isReadInPart(method: string, bytes: string, ours: Read): Promise<boolean> {
  for (let length = bytes.length - 1; length > 0; length--) {
    answer = bytes.slice(0, length);
    if (isDeepStrictEqual(await readByNode(method), ours)) return true;
  }
  return false;
}

const status = fc.oneof(
  { weight: 6, arbitrary: fc.constant('200 OK') },
  fc.constantFrom(
    '204 No Content',
    '304 Not Modified',
    '404 ',
    '404',
    '599 \xe4',
    '99 x',
    '1000 x',
    '200  OK',
  ),
);
const version = fc.oneof(
  { weight: 10, arbitrary: fc.constant('HTTP/1.1') },
  fc.constantFrom('HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1'),
);
const informational = fc.constantFrom(
  '',
  '',
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n',
);
const response = fc
  .tuple(
    informational,
    version,
    status,
    fc.array(fc.oneof({ weight: 15, arbitrary: headerLine }, oddFraming), { maxLength: 3 }),
    framedBody,
    fc.constantFrom('', '', '', 'x'),
  )
  .map(
    ([before, http, code, lines, { framing, body }, behind]) =>
      `${before}${http} ${code}\r\n${framing}${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}${behind}`,
  );
const method = fc.constantFrom('GET', 'GET', 'HEAD', 'POST');

test('every answer that we read from mutated bytes is one that llhttp reads from them', async () => {
  await fc.assert(fc.asyncProperty(method, mutated(response), assertNotLaxer), { numRuns: 1_500 });
});

/** What llhttp reads and we refuse, on purpose. */
const STRICTER: readonly (readonly [what: string, bytes: string])[] = [
  ['another coding than chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello'],
  ['codings before chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['HTTP/2.0 in the form of HTTP/1', 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ['Transfer-Encoding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a status over 599', 'HTTP/1.1 600 x\r\nContent-Length: 2\r\n\r\nok'],
  ['an empty line before', '\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
];
for (const [what, bytes] of STRICTER) {
  test(`stricter than llhttp: ${what}`, async () => {
    answer = bytes;
    assert.equal(await readByWeft('GET'), undefined);
    assert.equal(typeof (await readByNode('GET'))?.status, 'number');
  });
}
