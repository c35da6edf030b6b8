// The server side of the codec beside node:http, which is llhttp: whatever we take for a request, it takes for the
// same request. Where we are stricter is listed at the end; to be laxer is a bug.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, METHODS } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { DownstreamOwner, Trailers } from '../../stack/http.ts';
import { framedBody, headerLine, mutated, oddFraming } from '../../testing/mutated-bytes.ts';
import { call, ends, expectsEnd, type Step, sends } from '../../testing/scripted-peer.ts';
import { H1ServerConnection } from './server-connection.ts';

/** A request that was read to its end. */
interface Read {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Reads connections one after the other; `take` answers what the last one carried. */
interface Reader {
  readonly port: number;
  take(): Read[];
  close(): void;
}

let weft: Reader;
let node: Reader;
before(async () => {
  weft = await weftReader();
  node = await nodeReader();
});
after(() => {
  weft.close();
  node.close();
});

async function weftReader(): Promise<Reader> {
  let read: Read[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    const connection = new H1ServerConnection(socket, {
      onRequest(stream) {
        const { request } = stream;
        const headers = Array.from(
          { length: request.count },
          (_, line) => [request.name(line), request.value(line)] as const,
        );
        const chunks: Buffer[] = [];
        stream.owner = {
          onRequestData: (chunk: Buffer) => chunks.push(Buffer.from(chunk)) > 0,
          onRequestEnd(_trailers: Trailers | undefined) {
            const body = Buffer.concat(chunks).toString('latin1');
            read.push({ method: request.method, target: request.target, headers, body });
            stream.reply(200, [], 'ok');
          },
          onRequestFlush() {},
          onDownstreamDrain() {},
          onDownstreamAbort() {},
        } satisfies DownstreamOwner;
        stream.receiveBody();
      },
      onRefused() {},
      onClose: () => assert.equal(connection.waitsFor, 'reader'),
    });
  });
  return reader(server, () => read.splice(0));
}

async function nodeReader(): Promise<Reader> {
  const read: Read[] = [];
  const server = createHttpServer({ keepAliveTimeout: 0 }, (request, response) => {
    const { method = '', url: target = '', rawHeaders } = request;
    const headers = Array.from(
      { length: rawHeaders.length / 2 },
      (_, line) =>
        [(rawHeaders[line * 2] as string).toLowerCase(), rawHeaders[line * 2 + 1] as string] as const,
    );
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      read.push({ method, target, headers, body: Buffer.concat(chunks).toString('latin1') });
      response.end('ok');
    });
  });
  return reader(server, () => read.splice(0));
}

async function reader(server: Server, take: () => Read[]): Promise<Reader> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, take, close: () => void server.close() };
}

/** What a reader makes of the bytes, sent in two pieces. */
async function readBy(side: Reader, bytes: string, split: number): Promise<Read[]> {
  const at = Math.floor(split * bytes.length);
  const pieces: Step[] = [bytes.slice(0, at), bytes.slice(at)].filter((piece) => piece !== '').map(sends);
  const pause: Step = () => new Promise((resolve) => setImmediate(resolve));
  await call(side.port, [...pieces.flatMap((piece) => [piece, pause]), ends(), expectsEnd()]);
  return side.take();
}

async function assertNotLaxer(bytes: string, split: number): Promise<void> {
  const all = await readBy(weft, bytes, split);
  const theirs = await readBy(node, bytes, split);
  // Any token is a method for us, where llhttp has a list, and what forms a target has is for the stack to judge:
  // there llhttp reads no further.
  const unknown = all.findIndex((read) => !METHODS.includes(read.method) || !/^[/*a-z]/i.test(read.target));
  const ours = unknown < 0 ? all : all.slice(0, unknown);
  assert.deepEqual(ours, theirs.slice(0, ours.length), JSON.stringify(bytes));
}

function mostly(usual: string, ...others: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 10, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
}

// Methods that llhttp does not know are no difference in parsing; CONNECT and an Upgrade end HTTP for node:http.
const method = fc.constantFrom(
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'OPTIONS',
  'DELETE',
  'PATCH',
  'TRACE',
  'PROPFIND',
);
const target = fc.oneof(
  { weight: 3, arbitrary: fc.constant('/') },
  fc.constantFrom('/a?b', '*', 'http://b/c', 'http://b:80', '/a%2F', '//', '/a#b', '/\\', '/"<>^`{|}'),
  fc.stringMatching(/^\/[!-~]{0,10}$/),
);
const version = mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1');
const host = mostly('Host: a\r\n', 'Host:\r\n', '', 'Host: a\r\nHost: b\r\n');
const request = fc
  .tuple(
    method,
    target,
    version,
    host,
    fc.array(fc.oneof({ weight: 15, arbitrary: headerLine }, oddFraming), { maxLength: 3 }),
    framedBody,
  )
  .map(
    ([verb, path, http, hosts, lines, { framing, body }]) =>
      `${verb} ${path} ${http}\r\n${hosts}${framing}${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`,
  );
const requests = fc.array(request, { minLength: 1, maxLength: 3 }).map((each) => each.join(''));
const share = fc.double({ min: 0, max: 1, noNaN: true });

test('every request that we read from mutated bytes is one that llhttp reads from them', async () => {
  await fc.assert(fc.asyncProperty(mutated(requests), share, assertNotLaxer), { numRuns: 1_500 });
});

test('well-formed requests are read by both, however they are cut', async () => {
  const wellFormed = fc
    .tuple(
      method,
      fc.constantFrom('/', '/a?b', 'http://b/c'),
      fc.array(headerLine, { maxLength: 3 }),
      fc.string({ unit: 'binary-ascii' }),
      fc.boolean(),
    )
    .filter(([, , lines]) =>
      lines.every(
        (line) => !/^(connection|expect|host|content-length|transfer-encoding|upgrade)\b/i.test(line),
      ),
    )
    .map(([verb, path, lines, body, isChunked]) => {
      const size = body.length.toString(16);
      const framed = isChunked
        ? `Transfer-Encoding: chunked\r\n\r\n${body === '' ? '' : `${size}\r\n${body}\r\n`}0\r\n\r\n`
        : `Content-Length: ${body.length}\r\n\r\n${body}`;
      return `${verb} ${path} HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}${framed}`;
    });
  await fc.assert(
    fc.asyncProperty(fc.array(wellFormed, { minLength: 1, maxLength: 3 }), share, async (each, split) => {
      const bytes = each.join('');
      const ours = await readBy(weft, bytes, split);
      assert.equal(ours.length, each.length, JSON.stringify(bytes));
      assert.deepEqual(ours, await readBy(node, bytes, split));
    }),
    { numRuns: 300 },
  );
});

test('every method that llhttp knows is one for us', async () => {
  for (const verb of METHODS) {
    if (verb === 'CONNECT') continue;
    await assertNotLaxer(`${verb} / HTTP/1.1\r\nHost: a\r\n\r\n`, 1);
    assert.equal((await readBy(weft, `${verb} / HTTP/1.1\r\nHost: a\r\n\r\n`, 1))[0]?.method, verb);
  }
});

/** What llhttp reads and we refuse, on purpose: each has been read differently by some server or other. */
const STRICTER: readonly (readonly [what: string, bytes: string])[] = [
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  ['HTTP/2.0 in the form of HTTP/1', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
  ['HTTP/0.9 with its version', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n'],
  ['empty lines of bare LF before a request', '\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['empty lines of CR CR before a request', '\r\rGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['Transfer-Encoding in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  [
    'codings before chunked',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'an extension value of nothing',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;a=\r\n\r\n',
  ],
];
for (const [what, bytes] of STRICTER) {
  test(`stricter than llhttp: ${what}`, async () => {
    assert.equal((await readBy(weft, bytes, 1)).length, 0);
    assert.equal((await readBy(node, bytes, 1)).length, 1);
  });
}
