import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { isShared, retain, shareReads } from './shared-read.ts';
import { SlabWriter } from './slab-writer.ts';

/** Both ends of a connection; the accepted one as listeners hand it over. */
async function pair(): Promise<AsyncDisposable & { readonly accepted: Socket; readonly client: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  return {
    accepted,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      accepted.destroy();
      await once(server.close(), 'close');
    },
  };
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function readAll(socket: Socket): Promise<string> {
  const sum = createHash('sha256');
  socket.on('data', (chunk: Buffer) => sum.update(chunk));
  const ended = once(socket, 'end');
  socket.resume();
  await ended;
  return sum.digest('hex');
}

test('what was read before reads are shared comes first, however many pieces it is, and the end too', async () => {
  const bytes = randomBytes(200_000);
  for (const isEndBuffered of [true, false]) {
    await using sockets = await pair();
    const { accepted, client } = sockets;
    client.write(bytes);
    accepted.read(0);
    while (accepted.readableLength < 65_536) await once(accepted, 'readable');
    if (isEndBuffered) client.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const socket = shareReads(accepted);
    if (!isEndBuffered) client.end();
    assert.equal(await readAll(socket), hash(bytes));
  }
});

test('an end without a byte, read before reads are shared, is told', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  client.end();
  const ended = once(accepted, 'end');
  accepted.read(0);
  await ended;
  assert.equal(await readAll(shareReads(accepted)), hash(Buffer.alloc(0)));
});

test('a chunk is shared, a retained one is not', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  const socket = shareReads(accepted);
  const first = once(socket, 'data') as Promise<[Buffer]>;
  client.write('hello');
  socket.resume();
  const [chunk] = await first;
  assert.ok(isShared(chunk));
  const kept = retain(chunk);
  assert.ok(!isShared(kept));
  assert.equal(retain(kept), kept);
  assert.equal(kept.toString(), 'hello');
});

test('a paused socket gives nothing until it is resumed', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  const socket = shareReads(accepted);
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    length += chunk.length;
    socket.pause();
    const before = length;
    setTimeout(() => {
      assert.equal(length, before);
      socket.resume();
    }, 5);
  });
  const ended = once(socket, 'end');
  client.end(Buffer.alloc(300_000));
  await ended;
  assert.equal(length, 300_000);
});

test('bytes through slabs arrive as they were sent, at a reader that is slow', async () => {
  await using from = await pair();
  await using to = await pair();
  const bytes = randomBytes(24_000_000);
  const source = shareReads(from.accepted);
  const writer = new SlabWriter(to.accepted);
  source.on('data', (chunk: Buffer) => {
    // In several writes, the first of which may have to wait.
    for (let at = 0; at < chunk.length; at += 20_000)
      if (!writer.write(chunk.subarray(at, at + 20_000))) source.pause();
  });
  to.accepted.on('drain', () => source.resume());
  source.on('end', () => to.accepted.end());
  from.client.end(bytes);
  // Until nothing goes through any more.
  while (!source.isPaused()) await new Promise((resolve) => setImmediate(resolve));
  const sum = createHash('sha256');
  for await (const chunk of to.client) {
    sum.update(chunk as Buffer);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(sum.digest('hex'), hash(bytes));
});

test('each of the two sockets ends with the other', async () => {
  for (const which of ['accepted', 'shared'] as const) {
    await using sockets = await pair();
    const shared = shareReads(sockets.accepted);
    const both = { accepted: sockets.accepted, shared };
    const closed = Promise.all(Object.values(both).map((socket) => once(socket, 'close')));
    both[which].destroy();
    await closed;
  }
});
