import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  call,
  connectPeer,
  ends,
  expects,
  expectsClose,
  expectsEnd,
  resets,
  sends,
  startServer,
} from '../testing/scripted-peer.ts';
import { startProxy } from '../testing/static-proxy.ts';

const UPGRADE =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n';
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nX-A: 1\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('101 opens a tunnel both ways, with the bytes that came early on either side', async () => {
  await using server = await startServer([
    expects(/\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n/),
    sends(`${SWITCHING}early from the server`),
    expects('early from the client'),
    sends('late from the server'),
    expects('late from the client'),
    expectsEnd(),
    sends('last from the server'),
    ends(),
  ]);
  await using proxy = await startProxy([server.port]);
  const text = await call(proxy.port, [
    sends(`${UPGRADE}early from the client`),
    expects(/^HTTP\/1\.1 101 Switching Protocols\r\n/),
    expects('early from the server'),
    expects('late from the server'),
    sends('late from the client'),
    ends(),
    expects('last from the server'),
    expectsEnd(),
  ]);
  assert.match(text, /\r\nX-A: 1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nearly/);
  await server.done();
  const { response_code, response_flags, bytes_received, bytes_sent } = await proxy.nextLogLine();
  assert.deepEqual([response_code, response_flags, bytes_received, bytes_sent], [101, '-', 41, 61]);
});

test('a large early message arrives whole', async () => {
  await using server = await startServer([expects('\r\n\r\n'), sends(SWITCHING), expects(/y$/)]);
  await using proxy = await startProxy([server.port]);
  await using client = await connectPeer(proxy.port);
  await client.peer.play([sends(`${UPGRADE}${'z'.repeat(300_000)}y`), expects('101')]);
  await server.done();
  assert.equal(server.peers[0]?.received.match(/z{300000}y$/)?.length, 1);
});

test('a reset at one end of the tunnel is one at the other', async () => {
  await using server = await startServer([
    expects('\r\n\r\n'),
    sends(SWITCHING),
    expects('hello'),
    expectsClose(),
  ]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(UPGRADE), expects('101'), sends('hello'), sends('x'), resets()]);
  await server.done();
  assert.ok(server.peers[0]?.wasReset);
});

test('any other answer opens no tunnel: what follows is the next request', async () => {
  await using server = await startServer([
    expects('\r\n\r\n'),
    sends(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n',
    ),
    expects(/GET \/admin [^]*\r\nx-request-id: /),
    sends(OK),
  ]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [
    sends(`${UPGRADE}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n`),
    expects('426'),
    expects('\r\n\r\nok'),
  ]);
  await server.done();
  assert.deepEqual((await proxy.nextLogLine())['path'], '/chat');
  assert.deepEqual((await proxy.nextLogLine())['path'], '/admin');
});

test('an Upgrade to another HTTP goes on as a request without it', async () => {
  for (const protocol of ['h2c', 'H2C', 'HTTP/2.0', 'websocket, h2c', 'TLS/1.0']) {
    await using server = await startServer([expects('\r\n\r\n'), sends(OK)]);
    await using proxy = await startProxy([server.port]);
    const lines = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n`;
    await call(proxy.port, [sends(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`), expects('\r\n\r\nok')]);
    assert.doesNotMatch(server.peers[0]?.received ?? '', /upgrade|http2-settings/i, protocol);
  }
});

test('an endpoint that switches before it has the whole request breaks the protocol', async () => {
  await using server = await startServer([expects('hello'), sends(SWITCHING), expectsClose()]);
  await using proxy = await startProxy([server.port]);
  const post = UPGRADE.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 10\r\n\r\nhello');
  await call(proxy.port, [sends(post), expects('502 '), expects('weft: UPE')]);
  await server.done();
});

test('after the whole of its body a request can switch', async () => {
  await using server = await startServer([expects('hello'), sends(SWITCHING), expects('raw')]);
  await using proxy = await startProxy([server.port]);
  const post = UPGRADE.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\nhello');
  await call(proxy.port, [sends(post), expects('101'), sends('raw'), () => server.done()]);
});
