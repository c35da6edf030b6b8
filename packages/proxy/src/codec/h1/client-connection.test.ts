// Endpoints, by the byte, behind a real proxy: what of theirs reaches clients, and when a connection is used again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  call,
  closes,
  connectPeer,
  ends,
  expects,
  expectsClose,
  expectsEnd,
  resets,
  type Step,
  sends,
  startServer,
} from '../../testing/scripted-peer.ts';
import { startProxy } from '../../testing/static-proxy.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

const GARBAGE: readonly (readonly [what: string, bytes: string])[] = [
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
  ['HTTP/0.9', '<html></html>'],
  ['bare LFs', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'],
  [
    'a 101 that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  ],
  ['1xx without end', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)],
  ['a head without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`],
  ['more header lines than the limit', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(200)}\r\n`],
];
for (const [what, bytes] of GARBAGE) {
  test(`an endpoint that answers with ${what}: 502 UPE, and its connection is closed`, async () => {
    await using server = await startServer([expects('GET'), sends(bytes), expectsClose()]);
    await using proxy = await startProxy([server.port]);
    const text = await call(proxy.port, [sends(GET), expects('502 Bad Gateway'), expects('weft: UPE')]);
    assert.doesNotMatch(text, /connection: close/);
    const { response_flags, upstream_host, response_code_details } = await proxy.nextLogLine();
    assert.equal(response_flags, 'UPE');
    assert.match(String(response_code_details), /^upstream_http1\./);
    assert.equal(upstream_host, `127.0.0.1:${server.port}`);
    await server.done();
  });
}

const OVERFLOWS: readonly (readonly [what: string, script: readonly Step[]])[] = [
  ['bytes behind its answer', [sends(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`)]],
  ['a line end behind its answer', [sends(`${OK}\r\n`)]],
  [
    'a second answer, a moment later',
    [sends(OK), expects(''), sends('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')],
  ],
  ['a body for HEAD', [sends('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')]],
  [
    'Connection: close, and bytes',
    [sends('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nokevil')],
  ],
];
for (const [what, script] of OVERFLOWS) {
  test(`an endpoint that sends ${what}: the next client sees nothing of it`, async () => {
    const method = what.includes('HEAD') ? 'HEAD' : 'GET';
    await using server = await startServer(
      [expects(method), ...script, expectsClose()],
      [expects('GET'), sends(OK)],
    );
    await using proxy = await startProxy([server.port]);
    const first = await call(proxy.port, [
      sends(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`),
      expects('\r\n\r\n'),
    ]);
    await server.done();
    const second = await call(proxy.port, [sends(GET), expects('\r\n\r\nok')]);
    assert.doesNotMatch(first + second, /evil/);
    assert.equal(server.peers.length, 2);
  });
}

test('an endpoint that resets before it answers: 503 UC', async () => {
  await using server = await startServer([expects('GET'), resets()]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(GET), expects('503 Service Unavailable'), expects('weft: UC')]);
  const { response_flags, upstream_host } = await proxy.nextLogLine();
  assert.deepEqual([response_flags, upstream_host], ['UC', `127.0.0.1:${server.port}`]);
});

test('an endpoint that ends before it answers: 503 UC, though it takes no more of the request', async () => {
  await using server = await startServer([expects('POST'), ends(), expectsClose()]);
  await using proxy = await startProxy([server.port]);
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n';
  await call(proxy.port, [sends(head), sends(Buffer.alloc(1_000_000)), expects('weft: UC'), expectsEnd()]);
});

const BROKEN: readonly (readonly [what: string, script: readonly Step[]])[] = [
  ['ends within a length', [sends('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'), closes()]],
  [
    'ends within a chunk',
    [sends('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhello'), closes()],
  ],
  [
    'ends between chunks',
    [sends('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'), ends()],
  ],
  [
    'breaks the chunked coding',
    [sends('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx')],
  ],
];
for (const [what, script] of BROKEN) {
  test(`an endpoint whose answer ${what}: the client sees that it is not complete`, async () => {
    await using server = await startServer([expects('GET'), ...script]);
    await using proxy = await startProxy([server.port]);
    await using client = await connectPeer(proxy.port);
    await client.peer.play([sends(GET), expectsClose()]);
    assert.ok(client.peer.wasReset);
    assert.doesNotMatch(client.peer.received, /\r\n0\r\n\r\n/);
    assert.match(String((await proxy.nextLogLine())['response_flags']), /^(UC|UPE)$/);
  });
}

test('an answer that ends with the connection is not complete where that is reset', async () => {
  await using server = await startServer([
    expects('GET'),
    sends('HTTP/1.1 200 OK\r\n\r\nhello'),
    expects(''),
    resets(),
  ]);
  await using proxy = await startProxy([server.port]);
  await using client = await connectPeer(proxy.port);
  await client.peer.play([sends(GET), expectsClose()]);
  assert.ok(client.peer.wasReset);
});

test('an endpoint that says close, or speaks HTTP/1.0, gets a new connection for the next request', async () => {
  for (const head of ['HTTP/1.1 200 OK\r\nConnection: close', 'HTTP/1.0 200 OK']) {
    await using server = await startServer([
      expects('GET'),
      sends(`${head}\r\nContent-Length: 2\r\n\r\nok`),
      expectsClose(),
    ]);
    await using proxy = await startProxy([server.port]);
    const text = await call(proxy.port, [
      sends(GET),
      expects('\r\n\r\nok'),
      sends(GET),
      expects('\r\n\r\nok'),
    ]);
    assert.equal(server.peers.length, 2);
    assert.doesNotMatch(text, /connection:/i);
  }
});

test('HTTP/1.0 with keep-alive is used again', async () => {
  const ok = 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok';
  await using server = await startServer([expects('GET'), sends(ok), expects('GET'), sends(ok)]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(GET), expects('\r\n\r\nok'), sends(GET), expects('\r\n\r\nok')]);
  assert.equal(server.peers.length, 1);
});

test('hop-by-hop lines stay at their hop, both ways', async () => {
  await using server = await startServer([
    expects('\r\n\r\n'),
    sends(
      'HTTP/1.1 200 OK\r\nConnection: x-b, keep-alive\r\nX-B: 1\r\nKeep-Alive: timeout=9\r\nProxy-Connection: x\r\n',
    ),
    sends('Upgrade: h2c\r\nX-C: 1\r\nContent-Length: 2\r\n\r\nok'),
  ]);
  await using proxy = await startProxy([server.port]);
  const text = await call(proxy.port, [
    sends(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: x-a, Host, cookie\r\nX-A: 1\r\nKeep-Alive: 5\r\nTE: trailers, gzip\r\n',
    ),
    sends('Cookie: c\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-D: 1\r\n\r\n'),
    expects('\r\n\r\nok'),
  ]);
  const request = server.peers[0]?.received ?? '';
  assert.doesNotMatch(request, /^(connection|x-a|keep-alive|proxy-connection|te|upgrade):/im);
  assert.match(request, /^Host: a\r\nCookie: c\r\nX-D: 1\r\n/m);
  assert.doesNotMatch(text, /^(connection|x-b|keep-alive|proxy-connection|upgrade):/im);
  assert.match(text, /^X-C: 1\r$/m);
});

test('an absolute target goes on as a path, its host in Host', async () => {
  await using server = await startServer([expects('\r\n\r\n'), sends(OK)]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends('GET http://b:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n'), expects('ok')]);
  assert.match(server.peers[0]?.received ?? '', /^GET \/x\?y HTTP\/1.1\r\nhost: b:80\r\n(?![^]*host: a)/i);
});
