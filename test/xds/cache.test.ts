import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { outbound, proxiesAre, TestMesh, viewOf } from './mesh.ts';

const REVIEWS = 'bookshop/reviews:80';
const RATINGS = 'bookshop/ratings:80';

test('a proxy that starts while the control plane is away serves by what it kept', async () => {
  await using mesh = await TestMesh.create();
  const view = viewOf(
    { type: 'Outbound', resource: outbound(REVIEWS) },
    { type: 'Outbound', resource: outbound(RATINGS) },
  );
  const first = await mesh.server(view);
  const before = await mesh.client(first.port, { cache: mesh.cache() });
  before.client.subscribe('Outbound', REVIEWS);
  before.client.subscribe('Outbound', RATINGS);
  await proxiesAre(first, () => first.proxies()[0]?.acked === 2);
  await before.client.close();
  await first.close();
  assert.equal((await stat(join(mesh.folder, 'cache'))).mode & 0o777, 0o700);
  assert.equal((await stat(join(mesh.folder, 'cache', 'config.ndjson'))).mode & 0o777, 0o600);

  const after = await mesh.client(first.port, { cache: mesh.cache() });
  after.client.subscribe('Outbound', REVIEWS);
  await after.sink.until(() => after.sink.updates.length > 0);
  assert.deepEqual(after.sink.value('Outbound', REVIEWS), outbound(REVIEWS));
  assert.equal(after.client.state.connected, false);
  // Also what is asked for later only, by the first call to it.
  after.client.subscribe('Outbound', RATINGS);
  await after.sink.until(() => after.sink.updates.length > 1);
  assert.deepEqual(after.sink.value('Outbound', RATINGS), outbound(RATINGS));
  assert.equal(after.client.state.fromCache, 2);

  // The control plane comes back with something new: that alone is sent.
  const second = await mesh.server(
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS, 'changed') },
      { type: 'Outbound', resource: outbound(RATINGS) },
    ),
    { port: first.port },
  );
  await proxiesAre(second, () => second.proxies()[0]?.acked === 2);
  assert.deepEqual(
    after.sink.updates.slice(2).map(({ resources }) => resources.map(({ name }) => name)),
    [[REVIEWS]],
  );
  assert.deepEqual(after.sink.value('Outbound', REVIEWS), outbound(REVIEWS, 'changed'));
});

test('what was removed, given up or refused is not kept', async () => {
  await using mesh = await TestMesh.create();
  const refused = 'bookshop/refused:80';
  const removed = 'bookshop/removed:80';
  const server = await mesh.server(
    viewOf(
      ...[REVIEWS, RATINGS, refused, removed].map((name) => ({
        type: 'Outbound' as const,
        resource: outbound(name),
      })),
    ),
  );
  const { client, sink } = await mesh.client(server.port, { cache: mesh.cache() });
  sink.refuse.set(`Outbound ${refused}`, { field: 'rules', message: 'no' });
  for (const name of [REVIEWS, RATINGS, refused, removed]) client.subscribe('Outbound', name);
  await proxiesAre(server, () => server.proxies()[0]?.acked === 3);
  client.unsubscribe('Outbound', RATINGS);
  server.update(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  await sink.until(() => sink.value('Outbound', removed) === null);
  await client.close();
  const kept = mesh.cache();
  assert.deepEqual(
    [REVIEWS, RATINGS, refused, removed].filter((name) => kept.get('Outbound', name) !== undefined),
    [REVIEWS],
  );
});

test('while the control plane answers, what was kept is not looked at', async () => {
  await using mesh = await TestMesh.create();
  const cache = mesh.cache();
  cache.put('Outbound', REVIEWS, {
    version: 'old',
    json: Buffer.from(JSON.stringify(outbound(REVIEWS, 'old'))),
  });
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS, 'new') }));
  const { client, sink } = await mesh.client(server.port, { cache, patienceMs: 60_000 });
  client.subscribe('Outbound', REVIEWS);
  await sink.until(() => sink.updates.length > 0);
  assert.deepEqual(
    sink.updates.map(({ resources }) => resources[0]?.value),
    [outbound(REVIEWS, 'new')],
  );
});
