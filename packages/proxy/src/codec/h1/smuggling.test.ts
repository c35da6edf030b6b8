// Request smuggling, as published over the years: through a real proxy to a real node:http, at most one request may
// arrive, and it has to be the one that was sent. The second request in each is what an attacker would slip in.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { call, connectPeer, ends, expectsClose, type Step, sends } from '../../testing/scripted-peer.ts';
import { startProxy } from '../../testing/static-proxy.ts';

interface Arrived {
  readonly line: string;
  readonly body: string;
}

/** What arrives at the origin when a client sends these bytes. */
async function arrived(
  steps: readonly Step[],
): Promise<{ readonly requests: Arrived[]; readonly answer: string }> {
  const requests: Arrived[] = [];
  const origin = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      requests.push({ line: `${request.method} ${request.url}`, body });
      response.end('ok');
    });
  });
  await once(origin.listen(0, '127.0.0.1'), 'listening');
  try {
    await using proxy = await startProxy([(origin.address() as AddressInfo).port]);
    const answer = await call(proxy.port, [...steps, ends(), expectsClose()]);
    // A request of our own on the same connection to the origin: it flushes what may still lie there.
    await call(proxy.port, [
      sends('GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
      expectsClose(),
    ]);
    assert.equal(requests.pop()?.line, 'GET /last');
    return { requests, answer };
  } finally {
    origin.closeAllConnections();
    origin.close();
  }
}

const EVIL = 'GET /evil HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (lines: string, body: string): string => `POST /a HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);
/** Ends the body for whoever goes by chunks; the rest is a request of its own for those alone. */
const BOTH = `0\r\n\r\n${EVIL}`;
const withLength = (lines: string, body: string): string =>
  post(`Content-Length: ${body.length}\r\n${lines}`, body);

const ATTACKS: readonly (readonly [name: string, bytes: string])[] = [
  ['CL.TE', withLength('Transfer-Encoding: chunked\r\n', BOTH)],
  ['TE.CL', post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `1e\r\n${EVIL}\r\n0\r\n\r\n`)],
  ['TE.TE, a second value', withLength('Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n', BOTH)],
  ['TE.TE, a second value first', withLength('Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n', BOTH)],
  ['TE.TE, xchunked', withLength('Transfer-Encoding: xchunked\r\n', BOTH)],
  ['TE.TE, chunked in a list', withLength('Transfer-Encoding: identity, chunked\r\n', BOTH)],
  ['TE.TE, a comma behind', withLength('Transfer-Encoding: chunked,\r\n', BOTH)],
  ['TE.TE, a space before the colon', withLength('Transfer-Encoding : chunked\r\n', BOTH)],
  ['TE.TE, a tab before the value', withLength('Transfer-Encoding:\tchunked\r\n', BOTH)],
  ['TE.TE, a vertical tab before the value', withLength('Transfer-Encoding:\x0bchunked\r\n', BOTH)],
  ['TE.TE, a form feed behind the value', withLength('Transfer-Encoding: chunked\x0c\r\n', BOTH)],
  ['TE.TE, a no-break space behind the value', withLength('Transfer-Encoding: chunked\xa0\r\n', BOTH)],
  ['TE.TE, NUL in the name', withLength('Transfer-Encoding\0: chunked\r\n', BOTH)],
  ['TE.TE, quotes', withLength('Transfer-Encoding: "chunked"\r\n', BOTH)],
  ['TE.TE, a parameter', withLength('Transfer-Encoding: chunked;x=1\r\n', BOTH)],
  ['TE.TE, a folded value', withLength('Transfer-Encoding:\r\n chunked\r\n', BOTH)],
  ['TE.TE, a folded line before', withLength('X: y\r\n Transfer-Encoding: chunked\r\n', BOTH)],
  ['TE.TE, behind a bare LF', withLength('X: y\nTransfer-Encoding: chunked\r\n', BOTH)],
  ['TE.TE, behind a bare CR', withLength('X: y\rTransfer-Encoding: chunked\r\n', BOTH)],
  ['TE.TE, a name in another alphabet', withLength('Tr\xc3\xa1nsfer-Encoding: chunked\r\n', BOTH)],
  ['TE.TE, a line without a colon before', withLength('X\r\nTransfer-Encoding: chunked\r\n', BOTH)],
  [
    'TE.TE, the first line begins with a space',
    `POST /a HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: a\r\nContent-Length: 35\r\n\r\n${BOTH}`,
  ],
  [
    'TE in HTTP/1.0',
    `POST /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: ${BOTH.length}\r\nTransfer-Encoding: chunked\r\n\r\n${BOTH}`,
  ],
  [
    'TE alone in HTTP/1.0',
    `POST /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${BOTH}`,
  ],
  [
    'TE removed by Connection',
    withLength('Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n', BOTH),
  ],
  ['CL removed by Connection', withLength('Connection: content-length\r\n', EVIL)],
  ['CL.CL', post(`Content-Length: 0\r\nContent-Length: ${EVIL.length}\r\n`, EVIL)],
  ['CL.CL, the longer first', post(`Content-Length: ${EVIL.length}\r\nContent-Length: 0\r\n`, EVIL)],
  ['CL.CL, equal', post(`Content-Length: ${EVIL.length}\r\nContent-Length: ${EVIL.length}\r\n`, EVIL)],
  ['CL.CL in a list', post(`Content-Length: 0, ${EVIL.length}\r\n`, EVIL)],
  ['CL with a plus', post(`Content-Length: +${EVIL.length}\r\n`, EVIL)],
  ['CL with a minus', post('Content-Length: -1\r\n', EVIL)],
  ['CL with an exponent', post('Content-Length: 0e5\r\n', EVIL)],
  ['CL in hexadecimal', post('Content-Length: 0x1e\r\n', EVIL)],
  ['CL that wraps in 64 bits', post(`Content-Length: ${2n ** 64n + BigInt(EVIL.length)}\r\n`, EVIL)],
  ['CL with a space within', post('Content-Length: 1 0\r\n', EVIL)],
  ['CL with a space before the colon', post(`Content-Length : ${EVIL.length}\r\n`, EVIL)],
  ['CL with NUL', post(`Content-Length: 0\0${EVIL.length}\r\n`, EVIL)],
  ['CL folded', post(`Content-Length:\r\n ${EVIL.length}\r\n`, EVIL)],
  ['CL with an underscore beside it', withLength('Content_Length: 0\r\n', EVIL)],
  ['GET with a body', `GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${EVIL.length}\r\n\r\n${EVIL}`],
  ['HEAD with a body', `HEAD /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${EVIL.length}\r\n\r\n${EVIL}`],
  ['bare LFs only', `POST /a HTTP/1.1\nHost: a\nContent-Length: ${EVIL.length}\n\n${EVIL}`],
  ['the head ends with bare LFs', `POST /a HTTP/1.1\r\nHost: a\n\n${EVIL}`],
  ['the head ends with CR CR LF', `POST /a HTTP/1.1\r\nHost: a\r\n\r\r\n${EVIL}`],
  ['a space before the chunk size', chunked(` 0\r\n\r\n${EVIL}`)],
  ['a space behind the chunk size', chunked(`0 \r\n\r\n${EVIL}`)],
  ['a chunk size with 0x', chunked(`0x1e\r\n${EVIL}\r\n0\r\n\r\n`)],
  ['a chunk size with a sign', chunked(`+0\r\n\r\n${EVIL}`)],
  ['a chunk size that wraps in 32 bits', chunked(`100000000\r\n\r\n${EVIL}`)],
  ['a chunk size that wraps in 64 bits', chunked(`10000000000000000\r\n\r\n${EVIL}`)],
  ['a chunk size of no digits', chunked(`\r\n\r\n${EVIL}`)],
  ['a bare LF behind the chunk size', chunked(`1e\n${EVIL}\r\n0\r\n\r\n`)],
  ['a bare CR behind the chunk size', chunked(`1e\r${EVIL}\r\n0\r\n\r\n`)],
  ['a bare LF behind the last chunk', chunked(`0\n\n${EVIL}`)],
  ['TERM.EXT: a bare LF in an extension', chunked(`2;\nxx\r\n1e\r\n0\r\n\r\n${EVIL}`)],
  [
    'EXT.TERM: a bare LF at the end of an extension',
    chunked(`2;a\nxx\r\n22\r\n0\r\n\r\n${EVIL}\r\n0\r\n\r\n`),
  ],
  ['a bare CR in an extension', chunked(`2;a\rb\r\nxx\r\n0\r\n\r\n`)],
  ['a line end in a quoted extension', chunked(`2;a="\r\n0\r\n\r\n${EVIL}"\r\nxx\r\n0\r\n\r\n`)],
  ['chunk data that is longer than its size', chunked(`1\r\nxx\r\n0\r\n\r\n${EVIL}`)],
  ['TERM.SPILL: chunk data that no CR LF ends', chunked(`5\r\nAAAAAXX1e\r\n0\r\n\r\n${EVIL}`)],
  ['chunk data that a bare LF ends', chunked(`1\r\nx\n0\r\n\r\n${EVIL}`)],
  ['a trailer of bare LFs', chunked(`0\r\nx: y\n\n${EVIL}`)],
  ['a trailer with a bare CR', chunked(`0\r\nx: y\r\r\n\r\n${EVIL}`)],
  ['the last line of the trailers without LF', chunked(`0\r\n\rX${EVIL}`)],
  ['a trailer that is a request', chunked(`0\r\n${EVIL}`)],
  ['no version', `GET /a\r\nX: y\r\n\r\n${EVIL}`],
  ['a version with a space', `GET /a HTTP/1.1 x\r\nHost: a\r\n\r\n${EVIL}`],
  ['a second request line in the target', `GET /a%0d%0a HTTP/1.1\r\n HTTP/1.1\r\nHost: a\r\n\r\n${EVIL}`],
  ['0.CL: Expect without waiting', withLength('Expect: 100-continue\r\n', EVIL)],
  ['an Expect that is misspelt', withLength('Expect: y 100-continue\r\n', EVIL)],
  [
    'Upgrade and a request behind it',
    `GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${EVIL.length}\r\n\r\n${EVIL}`,
  ],
  [
    'Upgrade to h2c',
    `GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\nContent-Length: ${EVIL.length}\r\n\r\n${EVIL}`,
  ],
  [
    'CONNECT and a request behind it',
    `CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: ${EVIL.length}\r\n\r\n${EVIL}`,
  ],
];
for (const [name, bytes] of ATTACKS) {
  test(`${name}: at most the request that was sent arrives`, async () => {
    const { requests, answer } = await arrived([sends(bytes)]);
    assert.ok(requests.length <= 1, JSON.stringify(requests));
    for (const { line } of requests) assert.match(line, /^(POST|GET|HEAD) \/a(?!.*evil)/);
    assert.ok((answer.match(/HTTP\/1\.1 200/g) ?? []).length <= requests.length, answer);
  });
}

test('a request that is sent behind another, openly, does arrive: the tests above can fail', async () => {
  const { requests } = await arrived([sends(post('Content-Length: 1\r\n', 'x') + EVIL)]);
  assert.deepEqual(requests, [
    { line: 'POST /a', body: 'x' },
    { line: 'GET /evil', body: '' },
  ]);
});

test('what an attack leaves behind is no part of the next client’s request', async () => {
  const origin = createServer((request, response) => response.end(`${request.method} ${request.url}`));
  await once(origin.listen(0, '127.0.0.1'), 'listening');
  await using proxy = await startProxy([(origin.address() as AddressInfo).port]);
  for (const [name, bytes] of ATTACKS) {
    await using attacker = await connectPeer(proxy.port);
    attacker.peer.socket.write(Buffer.from(bytes, 'latin1'));
    const victim = await call(proxy.port, [
      sends('GET /victim HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
      expectsClose(),
    ]);
    assert.match(victim, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nGET \/victim$/, name);
  }
  origin.closeAllConnections();
  origin.close();
});
