import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { Backoff } from '@weft/common/backoff';
import { DeltaClient } from '@weft/proxy/xds/delta-client';
import { GrpcChannel } from '@weft/proxy/xds/grpc-channel';
import { eventually, outbound, proxiesAre, QUIET, RecordingSink, SHOP_ID, TestMesh, viewOf } from './mesh.ts';

const REVIEWS = 'bookshop/reviews:80';
const RATINGS = 'bookshop/ratings:80';
const GONE = 'bookshop/gone:80';

test('after a restart of the control plane nothing is sent that the proxy holds', async () => {
  await using mesh = await TestMesh.create();
  const view = viewOf(
    { type: 'Outbound', resource: outbound(REVIEWS) },
    { type: 'Outbound', resource: outbound(RATINGS) },
  );
  const first = await mesh.server(view);
  const { client, sink } = await mesh.client(first.port);
  client.subscribe('Outbound', REVIEWS);
  client.subscribe('Outbound', RATINGS);
  await proxiesAre(first, () => first.proxies()[0]?.synced === true);
  const before = sink.updates.length;
  await first.close();

  const second = await mesh.server(view, { port: first.port });
  await proxiesAre(second, () => second.proxies()[0]?.acked === 2);
  assert.equal(second.counters.pushes.size, 0);
  assert.equal(sink.updates.length, before);
  assert.equal(second.counters.streams, 1);
});

test('what changed, came and went while the control plane was away is sent when it is back', async () => {
  await using mesh = await TestMesh.create();
  const first = await mesh.server(
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS) },
      { type: 'Outbound', resource: outbound(RATINGS) },
      { type: 'Outbound', resource: outbound(GONE) },
    ),
  );
  const { client, sink } = await mesh.client(first.port);
  for (const name of [REVIEWS, RATINGS, GONE]) client.subscribe('Outbound', name);
  await proxiesAre(first, () => first.proxies()[0]?.acked === 3);
  const before = sink.updates.length;
  await first.close();

  const fresh = 'bookshop/fresh:80';
  client.subscribe('Outbound', fresh);
  const second = await mesh.server(
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS, 'changed') },
      { type: 'Outbound', resource: outbound(RATINGS) },
      { type: 'Outbound', resource: outbound(fresh) },
    ),
    { port: first.port },
  );
  await proxiesAre(second, () => second.proxies()[0]?.acked === 4);
  const since = sink.updates.slice(before);
  assert.deepEqual(
    since.flatMap(({ resources }) => resources.map(({ name }) => name)).sort(),
    [fresh, REVIEWS].sort(),
  );
  assert.deepEqual(
    since.flatMap(({ removed }) => removed),
    [GONE],
  );
});

test('a control plane that is silent is noticed by the PING that it does not answer', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  // Between the two: passes everything on until it is told to swallow it, as a lost network does.
  const sockets: Socket[] = [];
  let isLost = false;
  const relay = createServer((inner) => {
    if (isLost) return void sockets.push(inner.on('error', () => {}).pause());
    const outer = connect(server.port, '127.0.0.1');
    inner.pipe(outer).pipe(inner);
    for (const socket of [inner, outer]) sockets.push(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as { port: number };
  const channel = new GrpcChannel({
    address: `127.0.0.1:${port}`,
    rootsFile: mesh.rootsFile,
    tokenFile: await mesh.tokenFile(),
    keepaliveMs: 20,
    keepaliveTimeoutMs: 500,
  });
  const sink = new RecordingSink();
  const log: string[] = [];
  const waiting: (() => void)[] = [];
  const note = (_message: string, fields: object = {}) => {
    log.push(JSON.stringify(fields));
    for (const resume of waiting.splice(0)) resume();
  };
  const client = new DeltaClient({
    channel,
    node: { id: SHOP_ID, metadata: {} },
    sink,
    log: { ...QUIET, info: () => {}, warn: note, error: note },
  });
  client.start();
  client.subscribe('Outbound', REVIEWS);
  await sink.until(() => sink.updates.length > 0);
  isLost = true;
  for (const socket of sockets) socket.unpipe().pause();
  // On a busy machine one may have come too late before: that one does not count.
  log.length = 0;
  await eventually(
    () => log.some((fields) => fields.includes('did not answer a PING')),
    (resume) => waiting.push(resume),
  );
  assert.equal(client.state.connected, false);
  await client.close();
  channel.close();
  for (const socket of sockets) socket.destroy();
  relay.close();
});

test('a stream that was lost after a good while is opened again at once', async (t) => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  const sockets: Socket[] = [];
  const relay = createServer((inner) => {
    const outer = connect(server.port, '127.0.0.1');
    inner.pipe(outer).pipe(inner);
    for (const socket of [inner, outer]) sockets.push(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => void relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as { readonly port: number };
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  // Whatever is not at once comes in an hour.
  const backoff = new Backoff({ baseMs: 3_600_000, capMs: 3_600_000, random: () => 1 });
  const { client } = await mesh.client(port, { backoff });
  client.subscribe('Outbound', REVIEWS);
  await proxiesAre(server, () => server.proxies()[0]?.synced === true);
  t.mock.timers.tick(11_000);
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxiesAre(server, () => server.counters.streams === 2 && server.proxies()[0]?.synced === true);
  for (const socket of sockets) socket.destroy();
  relay.close();
});
