import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outbound, proxiesAre, TestMesh, viewOf } from './mesh.ts';

const REVIEWS = 'bookshop/reviews:80';
const RATINGS = 'bookshop/ratings:80';

test('a resource that the proxy can not take is named with its field, the others of the response are taken', async () => {
  await using mesh = await TestMesh.create();
  const both = (clusterName: string) =>
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS, clusterName) },
      { type: 'Outbound', resource: outbound(RATINGS, clusterName) },
    );
  const server = await mesh.server(both('c0'));
  const { client, sink } = await mesh.client(server.port);
  const field = 'rules[0].matches[1].path.value';
  sink.refuse.set(`Outbound ${REVIEWS}`, { field, message: 'not an RE2 expression: missing )' });
  client.subscribe('Outbound', REVIEWS);
  client.subscribe('Outbound', RATINGS);
  await proxiesAre(server, () => server.proxies()[0]?.nacks.length === 1);
  const [status] = server.proxies();
  assert.partialDeepStrictEqual(status, {
    subscribed: 2,
    acked: 1,
    synced: false,
    nacks: [{ type: 'Outbound', name: REVIEWS, field, message: 'not an RE2 expression: missing )' }],
  });
  assert.equal(client.state.nacks, 1);
  assert.equal(server.counters.nacks.get('Outbound'), 1);

  // The refused content is not sent again and again; the next content is, and mends it.
  sink.refuse.clear();
  server.update(both('c1'));
  await proxiesAre(server, () => server.proxies()[0]?.synced === true);
  assert.deepEqual(server.proxies()[0]?.nacks, []);
  assert.equal(server.counters.pushes.get('Outbound'), 2);
});

test('a refused resource whose content goes back to what the proxy holds is sent, and the refusal is gone', async () => {
  await using mesh = await TestMesh.create();
  const good = viewOf({ type: 'Outbound', resource: outbound(REVIEWS, 'good') });
  const server = await mesh.server(good);
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  await proxiesAre(server, () => server.proxies()[0]?.synced === true);
  sink.refuse.set(`Outbound ${REVIEWS}`, { field: '', message: 'no' });
  server.update(viewOf({ type: 'Outbound', resource: outbound(REVIEWS, 'bad') }));
  await proxiesAre(server, () => server.proxies()[0]?.nacks.length === 1);
  assert.equal(server.proxies()[0]?.nacks[0]?.field, undefined);
  sink.refuse.clear();
  server.update(good);
  await proxiesAre(server, () => server.proxies()[0]?.nacks.length === 0);
  assert.equal(server.proxies()[0]?.synced, true);
  assert.equal(server.counters.pushes.get('Outbound'), 3);
});
