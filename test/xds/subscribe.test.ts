import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localTokenVerifier } from '@weft/control-plane/identity/local-token';
import type { TokenVerifier } from '@weft/control-plane/identity/token';
import { outbound, proxiesAre, SECRET, SHOP, SHOP_ID, TestMesh, viewOf } from './mesh.ts';

const REVIEWS = 'bookshop/reviews:80';
const RATINGS = 'bookshop/ratings:80';

test('a proxy gets what it asks for by name, when it asks, and nothing else', async () => {
  await using mesh = await TestMesh.create();
  const view = viewOf(
    { type: 'Outbound', resource: outbound(REVIEWS) },
    { type: 'Outbound', resource: outbound(RATINGS) },
  );
  const server = await mesh.server(view);
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  await sink.until(() => sink.value('Outbound', REVIEWS) !== undefined);
  assert.deepEqual(sink.value('Outbound', REVIEWS), outbound(REVIEWS));
  assert.equal(sink.value('Outbound', RATINGS), undefined);

  client.subscribe('Outbound', RATINGS);
  await sink.until(() => sink.value('Outbound', RATINGS) !== undefined);
  assert.equal(sink.updates.length, 2);
});

test('names asked for in one turn come in one response', async () => {
  await using mesh = await TestMesh.create();
  const view = viewOf(
    { type: 'Outbound', resource: outbound(REVIEWS) },
    { type: 'Outbound', resource: outbound(RATINGS) },
  );
  const server = await mesh.server(view);
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  client.subscribe('Outbound', RATINGS);
  client.subscribe('Outbound', REVIEWS);
  await sink.until(() => sink.updates.length > 0);
  assert.deepEqual(sink.updates[0]?.resources.map(({ name }) => name).sort(), [RATINGS, REVIEWS]);
});

test('a name that does not exist is answered as removed, and sent when it comes into being', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf());
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  await sink.until(() => sink.updates.length > 0);
  assert.deepEqual(sink.updates, [{ type: 'Outbound', resources: [], removed: [REVIEWS] }]);

  server.update(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  await sink.until(() => sink.value('Outbound', REVIEWS) !== null);
  assert.deepEqual(sink.value('Outbound', REVIEWS), outbound(REVIEWS));
});

test('nothing is said to be missing before the view is complete', async () => {
  await using mesh = await TestMesh.create();
  const asked = Promise.withResolvers<void>();
  const complete = Promise.withResolvers<void>();
  const verifier: TokenVerifier = {
    verify(token) {
      asked.resolve();
      return localTokenVerifier(SECRET).verify(token);
    },
  };
  const server = await mesh.server(viewOf(), { verifier, viewComplete: complete.promise });
  const channel = await mesh.channel(server.port);
  const { client, sink } = await mesh.client(server.port, { channel });
  client.subscribe('Outbound', REVIEWS);
  await asked.promise;
  // A round trip later the stream would have been answered.
  await assert.rejects(channel.unary('/weft.v1.None/Call', new Uint8Array(), 5000));
  server.update(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  complete.resolve();
  await sink.until(() => sink.updates.length > 0);
  assert.deepEqual(sink.updates[0]?.removed, []);
  assert.deepEqual(sink.value('Outbound', REVIEWS), outbound(REVIEWS));
});

test('a name that was given up is not pushed any more, and sent again when it is asked for again', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS) },
      { type: 'Outbound', resource: outbound(RATINGS) },
    ),
  );
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  client.subscribe('Outbound', RATINGS);
  await proxiesAre(server, () => server.proxies()[0]?.acked === 2);
  client.unsubscribe('Outbound', REVIEWS);
  client.subscribe('Outbound', 'bookshop/other:80');
  await sink.until(() => sink.value('Outbound', 'bookshop/other:80') === null);

  server.update(
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS, 'changed') },
      { type: 'Outbound', resource: outbound(RATINGS, 'changed') },
    ),
  );
  const before = sink.updates.length;
  await sink.until(() => sink.updates.length > before);
  assert.deepEqual(
    sink.updates.at(-1)?.resources.map(({ name }) => name),
    [RATINGS],
  );

  client.subscribe('Outbound', REVIEWS);
  await sink.until(() => sink.updates.length > before + 1);
  assert.deepEqual(sink.value('Outbound', REVIEWS), outbound(REVIEWS, 'changed'));
});

test('the control plane knows who is connected, what it has taken and where its metrics are', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  const { client } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  client.subscribe('Cluster', 'bookshop/none:80');
  await proxiesAre(server, () => server.proxies()[0]?.acked === 2);
  assert.partialDeepStrictEqual(server.proxies(), [
    { id: SHOP_ID, connected: true, subscribed: 2, acked: 2, synced: true, nacks: [] },
  ]);
  assert.deepEqual(server.nodes(), [
    { id: SHOP_ID, address: '127.0.0.1', workload: SHOP.workload, metricsPort: 15020, version: '0.1.0' },
  ]);
  assert.partialDeepStrictEqual(client.state, { connected: true, streams: 1, updates: 2, nacks: 0 });

  await client.close();
  await proxiesAre(server, () => server.proxies()[0]?.connected === false);
  assert.deepEqual(server.nodes(), []);
  server.update(viewOf());
  assert.deepEqual(server.proxies(), [], 'nobody expects the proxy any more: its Inbound does not exist');
});
