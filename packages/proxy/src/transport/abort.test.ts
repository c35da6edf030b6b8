import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { abort } from './abort.ts';

/** Both ends of a connection. */
async function pair(): Promise<AsyncDisposable & { readonly accepted: Socket; readonly client: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
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

test('the other side sees a reset', async () => {
  await using sockets = await pair();
  sockets.client.resume();
  abort(sockets.accepted);
  await assert.rejects(once(sockets.client, 'close'), { code: 'ECONNRESET' });
});

test('what has just been ended is reset too, and its file descriptor given back', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  const reset = once(client, 'close');
  // Reads, and so learns of the reset, only once the end is there.
  client.resume();
  accepted.on('error', (error) => assert.fail(error));
  accepted.end();
  abort(accepted);
  await once(accepted, 'close');
  client.write('x');
  await assert.rejects(reset);
  assert.ok(!process.getActiveResourcesInfo().includes('ShutdownWrap'));
});

test('a peer that takes nothing does not hold a connection that was ended', async () => {
  await using sockets = await pair();
  const { accepted, client } = sockets;
  client.pause();
  accepted.on('error', () => {});
  while (accepted.write(Buffer.alloc(1_048_576)) || accepted.writableLength < 8_388_608);
  accepted.end();
  abort(accepted);
  await once(accepted, 'close');
  assert.ok(accepted.destroyed);
});
