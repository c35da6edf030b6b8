// Connections that are no HTTP, through a real proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  call,
  closes,
  connectPeer,
  does,
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

const TCP = { protocol: 'tcp' } as const;

test('bytes go both ways, whoever speaks first', async () => {
  await using server = await startServer([sends('220 ready\r\n'), expects('HELO\r\n'), sends('250 ok\r\n')]);
  await using proxy = await startProxy([server.port], TCP);
  await call(proxy.port, [expects('220 ready'), sends('HELO\r\n'), expects('250 ok')]);
});

test('a half-close of the client reaches the endpoint, which still answers', async () => {
  await using server = await startServer([expects('question'), expectsEnd(), sends('answer'), ends()]);
  await using proxy = await startProxy([server.port], TCP);
  await call(proxy.port, [sends('question'), ends(), expects('answer'), expectsEnd()]);
  await server.done();
  const { bytes_received, bytes_sent, response_flags, upstream_host } = await proxy.nextLogLine();
  assert.deepEqual([bytes_received, bytes_sent, response_flags], [8, 6, '-']);
  assert.equal(upstream_host, `127.0.0.1:${server.port}`);
  assert.equal(proxy.endpoints[0]?.active, 0);
});

test('a half-close of the endpoint reaches the client, which still speaks', async () => {
  await using server = await startServer([sends('greeting'), ends(), expects('reply'), expectsEnd()]);
  await using proxy = await startProxy([server.port], TCP);
  await call(proxy.port, [expects('greeting'), expectsEnd(), sends('reply'), ends(), () => server.done()]);
});

test('a half-close before the connection to the endpoint is there is not lost', async () => {
  await using server = await startServer([expectsEnd(), sends('bye'), ends()]);
  await using proxy = await startProxy([server.port], TCP);
  await call(proxy.port, [ends(), expects('bye'), expectsEnd()]);
});

test('a reset of the client is one for the endpoint', async () => {
  await using server = await startServer([expects('hello'), sends('there'), expectsClose()]);
  await using proxy = await startProxy([server.port], TCP);
  await call(proxy.port, [sends('hello'), expects('there'), resets()]);
  await server.done();
  assert.ok(server.peers[0]?.wasReset);
});

test('a reset of the endpoint is one for the client', async () => {
  await using server = await startServer([expects('hello'), resets()]);
  await using proxy = await startProxy([server.port], TCP);
  await using client = await connectPeer(proxy.port);
  await client.peer.play([sends('hello'), expectsClose()]);
  assert.ok(client.peer.wasReset);
});

test('a connection that carries nothing for the idle timeout is closed on both sides', async () => {
  await using server = await startServer([expects('hello'), expectsClose()]);
  await using proxy = await startProxy([server.port], { ...TCP, idleTimeoutMs: 250 });
  await call(proxy.port, [sends('hello'), expectsClose()]);
  await server.done();
  const { response_flags, response_code_details } = await proxy.nextLogLine();
  assert.deepEqual([response_flags, response_code_details], ['SI', 'idle_timeout']);
});

test('another endpoint is tried where one refuses, and where none is left the client is reset: UF', async () => {
  await using server = await startServer([expects('hello'), sends('there')]);
  const dead = await startServer([]);
  await dead[Symbol.asyncDispose]();
  {
    await using proxy = await startProxy([dead.port, server.port], TCP);
    for (let i = 0; i < 4; i++) await call(proxy.port, [sends('hello'), expects('there')]);
  }
  await using proxy = await startProxy([dead.port], TCP);
  await using client = await connectPeer(proxy.port);
  await client.peer.play([expectsClose()]);
  const { response_flags, response_code_details } = await proxy.nextLogLine();
  assert.deepEqual(
    [response_flags, response_code_details],
    ['UF', 'upstream_connection_failure{connection_refused}'],
  );
});

test('no endpoint: the client is reset, UH', async () => {
  await using proxy = await startProxy([], TCP);
  await call(proxy.port, [expectsClose()]);
  assert.equal((await proxy.nextLogLine())['response_flags'], 'UH');
});

test('a client that is slow to read slows the endpoint down, and gets every byte', async () => {
  const chunk = Buffer.alloc(65_536, 'x');
  const sentBy: { bytes: number; isHeldUp: boolean } = { bytes: 0, isHeldUp: false };
  const sendsUntilHeldUp: Step = async ({ socket }) => {
    while (!sentBy.isHeldUp) {
      sentBy.bytes += chunk.length;
      if (!socket.write(chunk) && !(await drains(socket))) sentBy.isHeldUp = true;
    }
    socket.end();
  };
  await using server = await startServer([does(sendsUntilHeldUp)]);
  await using proxy = await startProxy([server.port], TCP);
  await using client = await connectPeer(proxy.port);
  const { peer } = client;
  peer.socket.pause();
  await server.done();
  peer.socket.resume();
  await peer.play([expectsEnd()]);
  assert.equal(peer.received.length, sentBy.bytes);
});

test('a client that leaves while its connection is being made leaves nothing busy', async () => {
  await using server = await startServer([expectsClose(), ends()]);
  await using proxy = await startProxy([server.port], TCP);
  for (let i = 0; i < 20; i++) await call(proxy.port, [closes()]);
  for (let i = 0; i < 20; i++) await proxy.nextLogLine();
  assert.equal(proxy.endpoints[0]?.active, 0);
});

test('on an undeclared port the beginning of what might be HTTP is passed on when the client ends', async () => {
  await using server = await startServer([expects('PO'), expectsEnd(), sends('x'), ends()]);
  await using proxy = await startProxy([server.port], { protocol: 'detect' });
  await call(proxy.port, [sends('PO'), ends(), expects('x'), expectsEnd()]);
});

/** Whether the socket drains within a moment. */
function drains(socket: NodeJS.WritableStream): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isDrained: boolean): void => {
      clearTimeout(timer);
      socket.off('drain', onDrain);
      resolve(isDrained);
    };
    const onDrain = (): void => settle(true);
    const timer = setTimeout(settle, 300, false);
    socket.on('drain', onDrain);
  });
}
