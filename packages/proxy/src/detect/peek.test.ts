import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { peek } from './peek.ts';

interface Pair extends AsyncDisposable {
  readonly accepted: Socket;
  readonly client: Socket;
}

/** Both ends of a connection; the accepted one as listeners hand it over. */
async function pair(): Promise<Pair> {
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

async function rest(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

const upTo = (length: number) => (bytes: Buffer) => (bytes.length >= length ? bytes.toString() : undefined);

test('bytes that come one by one are looked at together, and are all there afterwards', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  const answer = new Promise((resolve) => peek(accepted, upTo(5), resolve));
  for (const byte of 'hello') {
    client.write(byte);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.equal(await answer, 'hello');
  client.end(' world');
  assert.equal(await rest(accepted), 'hello world');
});

test('a client that ends too soon: no answer, and what it said is still there', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  const answer = new Promise((resolve) => peek(accepted, upTo(5), resolve));
  client.end('hi');
  assert.equal(await answer, undefined);
  assert.equal(await rest(accepted), 'hi');
});

test('a client that ends without a word: no answer', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  const answer = new Promise((resolve) => peek(accepted, upTo(5), resolve));
  client.end();
  assert.equal(await answer, undefined);
});

test('a client that resets: no answer', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  accepted.on('error', () => {});
  const answer = new Promise((resolve) => peek(accepted, upTo(5), resolve));
  client.resetAndDestroy();
  assert.equal(await answer, undefined);
});

test('bytes over the limit are not waited for', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  const answer = new Promise((resolve) => peek(accepted, () => undefined, resolve));
  client.end('x'.repeat(50_000));
  assert.equal(await answer, undefined);
  assert.equal((await rest(accepted)).length, 50_000);
});

test('stopped: `done` is not called and the bytes are still there', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  const seen = Promise.withResolvers<void>();
  const stop = peek(
    accepted,
    () => {
      seen.resolve();
      return undefined;
    },
    () => assert.fail('done was called'),
  );
  client.write('he');
  await seen.promise;
  stop();
  client.end('llo');
  assert.equal(await rest(accepted), 'hello');
});
