// Clients, by the byte, against a real proxy: what they get back and when their connection goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  call,
  connectPeer,
  does,
  drips,
  ends,
  expects,
  expectsClose,
  expectsEnd,
  type Step,
  sends,
  startServer,
} from '../../testing/scripted-peer.ts';
import { startProxy } from '../../testing/static-proxy.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Answers every GET on its connection with its path. */
function echoesPaths(count: number): Step[] {
  return Array.from({ length: count }, () =>
    does(async (peer) => {
      await peer.takeThrough('\r\n\r\n');
      const paths = [...peer.received.matchAll(/^GET (\S+)/gm)];
      const path = paths.at(-1)?.[1] ?? '';
      peer.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    }),
  );
}

test('a connection is kept for the next request, and so is the one to the endpoint', async () => {
  await using server = await startServer(echoesPaths(3));
  await using proxy = await startProxy([server.port]);
  const get = (path: string): Step[] => [
    sends(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`),
    expects(`\r\n\r\n${path}`),
  ];
  const text = await call(proxy.port, [...get('/1'), ...get('/22'), ...get('/333')]);
  assert.doesNotMatch(text, /connection:/i);
  assert.equal(server.peers.length, 1);
});

test('requests in one packet are answered in order, each after the one before', async () => {
  await using server = await startServer(echoesPaths(20));
  await using proxy = await startProxy([server.port]);
  const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
  const text = await call(proxy.port, [
    sends(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')),
    expects('/19'),
  ]);
  assert.deepEqual(
    [...text.matchAll(/\r\n\r\n(\/\d+)/g)].map(([, path]) => path),
    paths,
  );
});

test('a pipelined request that comes in pieces while the answer before it arrives is read in order', async () => {
  await using server = await startServer(echoesPaths(40));
  await using proxy = await startProxy([server.port]);
  await using client = await connectPeer(proxy.port);
  const requests = Array.from({ length: 40 }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`).join(
    '',
  );
  await client.peer.play([drips(requests), expects('\r\n\r\n/39')]);
  const answered = [...client.peer.received.matchAll(/\r\n\r\n\/(\d+)/g)].map(([, index]) => Number(index));
  assert.deepEqual(
    answered,
    Array.from({ length: 40 }, (_, index) => index),
  );
});

test('a request that arrives byte by byte, with empty lines before it, is one request', async () => {
  await using server = await startServer([
    expects('POST / HTTP/1.1\r\n'),
    expects('\r\n\r\n5\r\nhello\r\n'),
    expects('0\r\nx-sum: 1\r\n\r\n'),
    sends(OK),
  ]);
  await using proxy = await startProxy([server.port]);
  const head = '\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  await using client = await connectPeer(proxy.port);
  await client.peer.play([
    drips(head),
    sends('5;a=b\r\nhello\r\n'),
    drips('0\r\nX-Sum: 1\r\n\r\n'),
    expects('ok'),
  ]);
  await server.done();
});

test('HEAD is answered without the body that its length announces, and the connection goes on', async () => {
  await using server = await startServer([
    expects('HEAD'),
    sends('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'),
    expects('HEAD'),
    sends('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
    expects('GET'),
    sends(OK),
  ]);
  await using proxy = await startProxy([server.port]);
  const text = await call(proxy.port, [
    sends('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'),
    expects(/Content-Length: 1000\r\n\r\n/i),
    sends('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'),
    expects('\r\n\r\n'),
    sends(GET),
    expects('\r\n\r\nok'),
  ]);
  assert.doesNotMatch(text, /\r\n0\r\n/);
  assert.equal(server.peers.length, 1);
});

test('204 and 304 have no body, whatever they announce', async () => {
  await using server = await startServer(
    [
      expects('GET'),
      sends('HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n'),
      expects('GET'),
      sends('HTTP/1.1 204\r\nContent-Length: 7\r\n\r\n'),
      expectsClose(),
    ],
    [expects('GET'), sends(OK)],
  );
  await using proxy = await startProxy([server.port]);
  const text = await call(proxy.port, [
    sends(GET),
    expects(/304 Not Modified\r\nContent-Length: 7\r\n\r\n/i),
    sends(GET),
    expects('HTTP/1.1 204 \r\n\r\n'),
    sends(GET),
    expects('\r\n\r\nok'),
  ]);
  assert.equal(text.match(/HTTP\/1\.1/g)?.length, 3);
  // A 204 that announces bytes may send them: its connection is not used again.
  await server.done();
});

test('a body without a length goes on in chunks to HTTP/1.1, with its trailers where it has any', async () => {
  await using server = await startServer(
    [expects('GET'), sends('HTTP/1.1 200 OK\r\n\r\nhello'), ends()],
    [
      expects('GET'),
      sends('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n'),
      sends('0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n'),
    ],
  );
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [
    sends(GET),
    expects(/transfer-encoding: chunked\r\n\r\n/),
    expects('5\r\nhello\r\n0\r\n\r\n'),
    sends(GET),
    expects(/transfer-encoding: chunked\r\n\r\n/),
    expects('5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n'),
  ]);
});

test('a body without a length ends with the connection for HTTP/1.0, trailers left out', async () => {
  await using server = await startServer([
    expects(/^GET \/ HTTP\/1.1\r\n/),
    sends('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n'),
  ]);
  await using proxy = await startProxy([server.port]);
  const text = await call(proxy.port, [
    sends('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'),
    expectsEnd(),
  ]);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\nconnection: close\r\n\r\nhello$/);
});

test('HTTP/1.0 keeps its connection only where it asks to', async () => {
  await using server = await startServer([expects('GET'), sends(OK), expects('GET'), sends(OK)]);
  await using proxy = await startProxy([server.port]);
  const text = await call(proxy.port, [
    sends('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'),
    expects('ok'),
    sends('GET / HTTP/1.0\r\n\r\n'),
    expectsEnd(),
  ]);
  assert.deepEqual(text.match(/^connection: .*$/gim), ['connection: keep-alive', 'connection: close']);
});

test('a client that says close is told so, and its connection ends', async () => {
  await using server = await startServer([expects('GET'), sends(OK)]);
  await using proxy = await startProxy([server.port]);
  const text = await call(proxy.port, [
    sends('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    expectsEnd(),
  ]);
  assert.match(text, /\r\nconnection: close\r\n/);
  assert.doesNotMatch(server.peers[0]?.received ?? '', /connection:/i);
});

test('100 Continue: the head goes ahead, the body follows when the endpoint asks for it', async () => {
  await using server = await startServer([
    expects(/expect: 100-continue\r\n[^]*\r\n\r\n$/i),
    sends('HTTP/1.1 100 Continue\r\n\r\n'),
    expects('hello'),
    sends(OK),
    expects('GET'),
    sends(OK),
  ]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [
    sends('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n'),
    expects('HTTP/1.1 100 Continue\r\n\r\n'),
    sends('hello'),
    expects('ok'),
    sends(GET),
    expects('ok'),
  ]);
});

test('a final answer instead of 100 Continue ends the connection: the body may or may not come', async () => {
  await using server = await startServer([
    expects('\r\n\r\n'),
    sends('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
    expectsClose(),
  ]);
  await using proxy = await startProxy([server.port]);
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\nExpect: 100-continue\r\n\r\n';
  const text = await call(proxy.port, [sends(post), expects('403'), sends(GET), expectsEnd()]);
  assert.match(text, /\r\nconnection: close\r\n\r\n$/);
  await server.done();
  assert.equal(server.peers.length, 1);
});

test('the same for an answer of our own', async () => {
  await using proxy = await startProxy([]);
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\nExpect: 100-continue\r\n\r\n';
  const text = await call(proxy.port, [sends(post + GET), expectsEnd()]);
  assert.match(text, /^HTTP\/1\.1 503 [^]*\r\nconnection: close\r\n/);
  assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1);
});

test('other 1xx answers are passed on, without a length; HTTP/1.0 gets none', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 5\r\n\r\n';
  await using server = await startServer([
    expects('GET'),
    sends(hints + OK),
    expects('GET'),
    sends(hints + OK),
  ]);
  await using proxy = await startProxy([server.port]);
  const modern = await call(proxy.port, [sends(GET), expects('ok')]);
  assert.match(modern, /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  const old = await call(proxy.port, [sends('GET / HTTP/1.0\r\n\r\n'), expectsEnd()]);
  assert.match(old, /^HTTP\/1\.1 200 OK\r\n/);
});

test('the small rest of a body that nobody wanted is dropped and the connection kept', async () => {
  await using proxy = await startProxy([]);
  const text = await call(proxy.port, [
    sends('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n'),
    expects('503 Service Unavailable'),
    sends('x'.repeat(10_000)),
    sends(`${'x'.repeat(10_000)}${GET}`),
    expects('503 Service Unavailable'),
  ]);
  assert.doesNotMatch(text, /connection: close/);
});

test('a large rest ends the connection: the answer says so, and the client can read it while it still sends', async () => {
  await using proxy = await startProxy([]);
  const text = await call(proxy.port, [
    sends('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n'),
    sends(Buffer.alloc(1_000_000)),
    expects('\r\n\r\nweft: UH'),
    expectsEnd(),
  ]);
  assert.match(text, /\r\nconnection: close\r\n/);
});

test('an answer that comes early reaches a client that still sends, and the endpoint is not used again', async () => {
  await using server = await startServer(
    [
      expects('hello'),
      sends('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig'),
      expectsClose(),
    ],
    [expects('GET'), sends(OK)],
  );
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [
    sends('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello'),
    expects('\r\n\r\nbig'),
    sends(`world${GET}`),
    expects('\r\n\r\nok'),
  ]);
  await server.done();
});

test('a malformed body breaks off the request, with 400 where no answer has begun', async () => {
  await using server = await startServer([expects('POST'), expectsClose()]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [
    sends('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
    does(() => until(() => server.peers[0]?.received.includes('hello') === true)),
    sends('x\r\n'),
    expects('HTTP/1.1 400 Bad Request'),
    expectsEnd(),
  ]);
  const { response_code, response_flags, response_code_details } = await proxy.nextLogLine();
  assert.deepEqual(
    [response_code, response_flags, response_code_details],
    [400, 'DPE', 'http1.invalid_chunk'],
  );
  await server.done();
});

test('a client that has sent all and half-closes gets its answers', async () => {
  await using server = await startServer([expects('hello'), sends(OK), expects('GET'), sends(OK)]);
  await using proxy = await startProxy([server.port]);
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello';
  const text = await call(proxy.port, [sends(post + GET), ends(), expectsEnd()]);
  assert.equal(text.match(/\r\n\r\nok/g)?.length, 2);
  assert.equal(text.match(/connection: close/g)?.length, 1);
});

test('the same where the protocol had to be detected first', async () => {
  await using server = await startServer([expects('hello'), sends(OK)]);
  await using proxy = await startProxy([server.port], { protocol: 'detect' });
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello';
  await call(proxy.port, [sends(post), ends(), expects('\r\n\r\nok'), expectsEnd()]);
});

const ENDLESS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';

test('a client that half-closes with its request gets an answer without a length, whole', async () => {
  const ended = Promise.withResolvers<void>();
  await using server = await startServer([
    expects('\r\n\r\n'),
    does(() => ended.promise),
    sends(ENDLESS),
    does(() => new Promise((resolve) => setImmediate(resolve))),
    sends('5\r\nworld\r\n0\r\n\r\n'),
  ]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [
    sends(GET),
    ends(),
    does(() => void setTimeout(ended.resolve, 50)),
    expects('5\r\nworld\r\n0\r\n\r\n'),
    expectsEnd(),
  ]);
});

test('a client that ends within an answer without a length has left: the endpoint learns of it at once', async () => {
  await using server = await startServer([expects('\r\n\r\n'), sends(ENDLESS), expectsClose()]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(GET), expects('hello'), ends(), expectsClose()]);
  await server.done();
  const { response_code, response_flags } = await proxy.nextLogLine();
  assert.deepEqual([response_code, response_flags], [200, 'DC']);
});

test('one that ends within an answer of a length still gets it', async () => {
  await using server = await startServer([
    expects('\r\n\r\n'),
    sends('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
    does(() => new Promise((resolve) => setTimeout(resolve, 50))),
    sends('world'),
  ]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(GET), expects('hello'), ends(), expects('world'), expectsEnd()]);
});

test('a client that half-closes in the middle of its body is refused', async () => {
  await using server = await startServer([expects('hell'), expectsClose()]);
  await using proxy = await startProxy([server.port]);
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell';
  const text = await call(proxy.port, [sends(post), ends(), expectsEnd()]);
  assert.match(text, /^HTTP\/1\.1 400 /);
  await server.done();
});

test('what follows HEAD and is refused has its body', async () => {
  await using server = await startServer([expects('HEAD'), sends('HTTP/1.1 200 OK\r\n\r\n')]);
  await using proxy = await startProxy([server.port]);
  const text = await call(proxy.port, [
    sends('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'),
    expects('\r\n\r\n'),
    sends('\x16\x03\x01'),
    expectsEnd(),
  ]);
  assert.match(text, /HTTP\/1\.1 400 [^]*\r\n\r\nweft: DPE the start line is malformed\n$/);
});

test('a client that reads none of its answers gets no more of them than fit, and all of them once it reads', async () => {
  await using proxy = await startProxy([]);
  await using client = await connectPeer(proxy.port);
  const { peer } = client;
  peer.socket.pause();
  const batch = GET.repeat(500);
  let sent = 0;
  // The proxy stops reading: at some point the kernel takes no more.
  while (peer.socket.write(batch) || (await drained(peer.socket))) sent += 500;
  sent += 500;
  const isAll = (): boolean => (peer.received.match(/HTTP\/1\.1 503/g)?.length ?? 0) === sent;
  peer.socket.resume();
  await until(isAll);
  assert.ok(sent > 1_000);
});

/** Whether the socket drains within a moment. */
function drained(socket: NodeJS.WritableStream): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(false), 300);
    const onDrain = (): void => done(true);
    const done = (isDrained: boolean): void => {
      clearTimeout(timer);
      socket.off('drain', onDrain);
      resolve(isDrained);
    };
    socket.on('drain', onDrain);
  });
}

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await new Promise((resolve) => setTimeout(resolve, 5));
}
