// Nothing that a peer sends, or does not read, makes a proxy grow: measured on a process of its own.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { type ProxyProcess, startProxyProcess } from '../testing/proxy-process.ts';
import { call, connectPeer, expects, type Step, sends, startServer } from '../testing/scripted-peer.ts';

const LIMIT_MIB = 32;
const GIBIBYTE = 2 ** 30;
const BLOCK = Buffer.alloc(262_144, 'x');
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What a stream of bytes has come to. */
interface Flow {
  bytes: number;
}

/** Writes as fast as it is taken, until the socket is gone. */
function floods(flow: Flow, block = BLOCK): Step {
  return async ({ socket }) => {
    while (!socket.destroyed && flow.bytes < GIBIBYTE) {
      flow.bytes += block.length;
      if (!socket.write(block)) await changes(socket);
    }
  };
}

/** Resolves when the socket can take more, or is gone. */
function changes(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}

/** Chunks of 1 KiB, many in a block. */
const CHUNKS = Buffer.from(`400\r\n${'x'.repeat(1024)}\r\n`.repeat(128));

/** Does something for a while, and answers by how much the proxy has grown at most. */
async function growth(proxy: ProxyProcess, during: Promise<unknown>): Promise<number> {
  const before = proxy.residentMiB();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, proxy.residentMiB());
  }, 20);
  await during.finally(() => clearInterval(timer));
  return most - before;
}

/** Reads a block every now and then, then nothing at all. */
async function readsSlowly(socket: Socket): Promise<void> {
  for (let i = 0; i < 30; i++) {
    socket.resume();
    await passes(10);
    socket.pause();
    await passes(20);
  }
  await passes(1_000);
}

function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One request through every part that is loaded or compiled on first use. */
async function warmUp(proxy: ProxyProcess): Promise<void> {
  await call(proxy.port, Array.from({ length: 200 }, () => [sends(GET), expects('\r\n\r\nok')]).flat());
}
const serves = Array.from({ length: 200 }, () => [expects('\r\n\r\n'), sends(OK)]).flat();

for (const [what, head, block] of [
  ['of a length', `HTTP/1.1 200 OK\r\nContent-Length: ${GIBIBYTE}\r\n\r\n`, BLOCK],
  ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', CHUNKS],
] as const) {
  test(`a large answer ${what} to a client that reads slowly and then stops`, async () => {
    const flow = { bytes: 0 };
    await using server = await startServer(serves, [expects('\r\n\r\n'), sends(head), floods(flow, block)]);
    await using proxy = await startProxyProcess([server.port]);
    await warmUp(proxy);
    server.peers[0]?.socket.destroy();
    await using client = await connectSilently(proxy.port);
    client.socket.write(GET);
    const grown = await growth(proxy, readsSlowly(client.socket));
    assert.ok(grown < LIMIT_MIB, `${grown} MiB`);
    assert.ok(flow.bytes > 8 * BLOCK.length && flow.bytes < GIBIBYTE, String(flow.bytes));
  });
}

test('a large request to an endpoint that reads slowly and then stops', async () => {
  const flow = { bytes: 0 };
  const reading = Promise.withResolvers<void>();
  await using server = await startServer(serves, [
    async ({ socket }) => {
      socket.removeAllListeners('data');
      await readsSlowly(socket);
      reading.resolve();
    },
  ]);
  await using proxy = await startProxyProcess([server.port]);
  await warmUp(proxy);
  server.peers[0]?.socket.destroy();
  await using client = await connectPeer(proxy.port);
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${GIBIBYTE}\r\n\r\n`;
  void client.peer.play([sends(head), floods(flow)]);
  const grown = await growth(proxy, reading.promise);
  assert.ok(grown < LIMIT_MIB, `${grown} MiB`);
  assert.ok(flow.bytes > 8 * BLOCK.length && flow.bytes < GIBIBYTE, String(flow.bytes));
});

test('bytes that are no HTTP to a client that reads slowly and then stops', async () => {
  const flow = { bytes: 0 };
  await using server = await startServer([floods(flow)]);
  await using proxy = await startProxyProcess([server.port], { protocol: 'tcp' });
  await using client = await connectSilently(proxy.port);
  const grown = await growth(proxy, readsSlowly(client.socket));
  assert.ok(grown < LIMIT_MIB, `${grown} MiB`);
  assert.ok(flow.bytes > 8 * BLOCK.length && flow.bytes < GIBIBYTE, String(flow.bytes));
});

test('requests without end from a client that reads no answer', async () => {
  const flow = { bytes: 0 };
  await using server = await startServer(serves);
  await using proxy = await startProxyProcess([server.port]);
  await warmUp(proxy);
  await using client = await connectSilently(proxy.port);
  // Refused by the proxy itself, at once: nothing slows them down but the answers that nobody reads.
  const refused = Buffer.from('GET /%2f HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4_000));
  const sending = async (): Promise<void> => {
    for (;;) {
      flow.bytes += refused.length;
      const isTaken = client.socket.write(refused) || (await drains(client.socket));
      if (!isTaken || flow.bytes > GIBIBYTE / 4) return;
    }
  };
  const grown = await growth(proxy, sending());
  assert.ok(grown < LIMIT_MIB, `${grown} MiB`);
  assert.ok(flow.bytes < GIBIBYTE / 4, String(flow.bytes));
});

test('a thousand connections that are idle, and a thousand whose heads never end', async () => {
  await using server = await startServer(serves);
  await using proxy = await startProxyProcess([server.port]);
  await warmUp(proxy);
  await using clients = new AsyncDisposableStack();
  const opening = async (): Promise<void> => {
    for (let i = 0; i < 2_000; i++) {
      const client = clients.use(await connectSilently(proxy.port));
      if (i % 2 === 0) client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-A: ');
    }
    await passes(300);
  };
  const grown = await growth(proxy, opening());
  assert.ok(grown < LIMIT_MIB, `${grown} MiB`);
});

/** A connection that reads nothing until it is told to. */
async function connectSilently(port: number): Promise<AsyncDisposable & { readonly socket: Socket }> {
  const client = await connectPeer(port);
  const { socket } = client.peer;
  socket.removeAllListeners('data');
  socket.pause();
  return { socket, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** Whether the socket drains within a moment. */
function drains(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isDrained: boolean): void => {
      clearTimeout(timer);
      socket.off('drain', onDrain);
      resolve(isDrained);
    };
    const onDrain = (): void => settle(true);
    const timer = setTimeout(settle, 500, false);
    socket.on('drain', onDrain);
  });
}
