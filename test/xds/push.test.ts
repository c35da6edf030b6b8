import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DELTA_ADS_METHOD,
  type DeltaRequest,
  type DeltaResponse,
  decodeDeltaResponse,
  encodeDeltaRequest,
} from '@weft/common/xds/discovery';
import { formatNack } from '@weft/common/xds/nack';
import { decodeResourceJson, typeUrl } from '@weft/common/xds/resource';
import type { GrpcStatus } from '@weft/proxy/xds/grpc-status';
import { cluster, endpoints, eventually, outbound, proxiesAre, SHOP_ID, TestMesh, viewOf } from './mesh.ts';

const REVIEWS = 'bookshop/reviews:80';
const RATINGS = 'bookshop/ratings:80';

test('only what differs is pushed, and only where it is held', async () => {
  await using mesh = await TestMesh.create();
  const ratings = outbound(RATINGS);
  const server = await mesh.server(
    viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }, { type: 'Outbound', resource: ratings }),
  );
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  client.subscribe('Outbound', RATINGS);
  await proxiesAre(server, () => server.proxies()[0]?.acked === 2);
  server.update(
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS, 'bookshop/reviews-v2:80') },
      // Another object of equal content.
      { type: 'Outbound', resource: { ...ratings } },
      { type: 'Outbound', resource: outbound('bookshop/new:80') },
    ),
  );
  await sink.until(() => sink.updates.length > 1);
  assert.deepEqual(
    sink.updates[1]?.resources.map(({ name }) => name),
    [REVIEWS],
  );
  assert.deepEqual(sink.value('Outbound', REVIEWS), outbound(REVIEWS, 'bookshop/reviews-v2:80'));
  await proxiesAre(server, () => server.proxies()[0]?.synced === true);
  assert.equal(server.counters.pushes.get('Outbound'), 2);
});

test('a resource that no longer exists is removed', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  await sink.until(() => sink.updates.length > 0);
  server.update(viewOf());
  await sink.until(() => sink.value('Outbound', REVIEWS) === null);
});

test('what is referred to comes before what refers to it, and leaves after it', async () => {
  await using mesh = await TestMesh.create();
  const old = 'bookshop/reviews-v1:80';
  const fresh = 'bookshop/reviews-v2:80';
  const server = await mesh.server(
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS, old) },
      { type: 'Cluster', resource: cluster(old) },
      { type: 'Endpoints', resource: endpoints(old, 1) },
    ),
  );
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Outbound', REVIEWS);
  for (const name of [old, fresh]) {
    client.subscribe('Cluster', name);
    client.subscribe('Endpoints', name);
  }
  await proxiesAre(server, () => server.proxies()[0]?.acked === 5);
  const before = sink.updates.length;
  server.update(
    viewOf(
      { type: 'Outbound', resource: outbound(REVIEWS, fresh) },
      { type: 'Cluster', resource: cluster(fresh) },
      { type: 'Endpoints', resource: endpoints(fresh, 2) },
    ),
  );
  await proxiesAre(server, () => server.proxies()[0]?.synced === true);
  assert.deepEqual(
    sink.updates
      .slice(before)
      .map(({ type, resources, removed }) => [type, resources.map(({ name }) => name), removed]),
    [
      ['Cluster', [fresh], []],
      ['Endpoints', [fresh], []],
      ['Outbound', [REVIEWS], []],
      ['Endpoints', [], [old]],
      ['Cluster', [], [old]],
    ],
  );
});

test('while a client is slow to answer, changes merge into one response of the newest content', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS, 'c0') }));
  await using raw = await RawClient.connect(mesh, server.port);
  raw.send({ subscribe: [REVIEWS] });
  await raw.until(() => raw.responses.length === 1);
  for (let index = 1; index <= 50; index++) {
    server.update(viewOf({ type: 'Outbound', resource: outbound(REVIEWS, `c${index}`) }));
  }
  assert.equal(server.counters.pushes.get('Outbound'), 1, 'nothing is sent before the answer');
  raw.send({ responseNonce: raw.responses[0]?.nonce ?? '' });
  await raw.until(() => raw.responses.length === 2);
  assert.deepEqual(raw.values(1), [outbound(REVIEWS, 'c50')]);
  raw.send({ responseNonce: raw.responses[1]?.nonce ?? '' });
  await proxiesAre(server, () => server.proxies()[0]?.synced === true);
  assert.equal(raw.responses.length, 2);
});

test('a change that is taken back while the client is slow is not sent at all', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS, 'c0') }));
  await using raw = await RawClient.connect(mesh, server.port);
  raw.send({ subscribe: [REVIEWS] });
  await raw.until(() => raw.responses.length === 1);
  server.update(viewOf({ type: 'Outbound', resource: outbound(REVIEWS, 'c1') }));
  server.update(viewOf({ type: 'Outbound', resource: outbound(REVIEWS, 'c0') }));
  raw.send({ responseNonce: raw.responses[0]?.nonce ?? '' });
  await proxiesAre(server, () => server.proxies()[0]?.synced === true);
  assert.equal(server.counters.pushes.get('Outbound'), 1);
});

test('a client that waits with one type holds back what refers to it, not what does not', async () => {
  await using mesh = await TestMesh.create();
  const view = (generation: number) =>
    viewOf(
      { type: 'Cluster', resource: cluster(REVIEWS, 1000 + generation) },
      { type: 'Outbound', resource: outbound(REVIEWS, `c${generation}`) },
    );
  const server = await mesh.server(view(0));
  await using raw = await RawClient.connect(mesh, server.port);
  raw.send({ type: 'Cluster', subscribe: [REVIEWS] });
  await raw.until(() => raw.responses.length === 1);
  // The cluster is not acknowledged: an Outbound is served all the same, since no newer cluster waits.
  raw.send({ subscribe: [REVIEWS] });
  await raw.until(() => raw.responses.length === 2);
  raw.send({ responseNonce: raw.responses[1]?.nonce ?? '' });
  server.update(view(1));
  assert.equal(server.counters.pushes.get('Outbound'), 1);
  raw.send({ type: 'Cluster', responseNonce: raw.responses[0]?.nonce ?? '' });
  await raw.until(() => raw.responses.length === 4);
  assert.deepEqual(
    raw.responses.map((response) => response.typeUrl),
    [typeUrl('Cluster'), typeUrl('Outbound'), typeUrl('Cluster'), typeUrl('Outbound')],
  );
});

test('a refusal in words that we do not know stands for the whole response', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  await using raw = await RawClient.connect(mesh, server.port);
  raw.send({ subscribe: [REVIEWS] });
  await raw.until(() => raw.responses.length === 1);
  const nonce = raw.responses[0]?.nonce ?? '';
  raw.send({ responseNonce: nonce, errorDetail: { code: 3, message: 'no, thank you' } });
  await proxiesAre(server, () => server.proxies()[0]?.nacks.length === 1);
  assert.partialDeepStrictEqual(server.proxies()[0], {
    acked: 0,
    synced: false,
    nacks: [{ type: 'Outbound', name: '', message: 'no, thank you' }],
  });
});

test('an answer to another response than the last is not taken for an answer', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Outbound', resource: outbound(REVIEWS) }));
  await using raw = await RawClient.connect(mesh, server.port);
  raw.send({ subscribe: [REVIEWS] });
  await raw.until(() => raw.responses.length === 1);
  const stale = formatNack([{ type: 'Outbound', name: REVIEWS, field: 'rules', message: 'bad' }]);
  raw.send({ responseNonce: 'stale', errorDetail: { code: 3, message: stale } });
  raw.send({ responseNonce: raw.responses[0]?.nonce ?? '' });
  await proxiesAre(server, () => server.proxies()[0]?.synced === true);
  assert.deepEqual(server.proxies()[0]?.nacks, []);
});

test('a request that is not understood ends the stream with the reason', async (t) => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf());
  await t.test('a type of another mesh', async () => {
    await using raw = await RawClient.connect(mesh, server.port);
    raw.send({ typeUrl: 'type.googleapis.com/envoy.config.cluster.v3.Cluster', subscribe: ['a'] });
    await raw.until(() => raw.end !== undefined);
    assert.match(raw.end?.message ?? '', /unknown resource type type\.googleapis\.com/);
  });
  await t.test('a wildcard', async () => {
    await using raw = await RawClient.connect(mesh, server.port);
    raw.send({ subscribe: ['*'] });
    await raw.until(() => raw.end !== undefined);
    assert.match(raw.end?.message ?? '', /by name, not by wildcard/);
  });
  await t.test('more names than any proxy needs', async () => {
    await using raw = await RawClient.connect(mesh, server.port);
    raw.send({ subscribe: Array.from({ length: 20_001 }, (_, index) => `n${index}`) });
    await raw.until(() => raw.end !== undefined);
    assert.match(raw.end?.message ?? '', /more than 20000 resources/);
  });
});

/** A client that answers only when it is told to. */
class RawClient implements AsyncDisposable {
  readonly responses: DeltaResponse[] = [];
  end: GrpcStatus | undefined;
  #write: (message: Uint8Array) => void = () => {};
  #cancel: () => void = () => {};
  #hasNode = false;
  #waiting: (() => void)[] = [];

  static async connect(mesh: TestMesh, port: number): Promise<RawClient> {
    const raw = new RawClient();
    const channel = await mesh.channel(port);
    const stream = channel.stream(DELTA_ADS_METHOD, {
      onOpen: () => {},
      onMessage: (message) => {
        raw.responses.push(decodeDeltaResponse(message));
        raw.#resume();
      },
      onEnd: (status) => {
        raw.end = status;
        raw.#resume();
      },
    });
    raw.#write = (message) => stream.write(message);
    raw.#cancel = () => stream.cancel();
    return raw;
  }

  send({ type = 'Outbound', ...request }: Partial<DeltaRequest> & { readonly type?: string }): void {
    const node = this.#hasNode ? {} : { node: { id: SHOP_ID, metadata: {} } };
    this.#hasNode = true;
    const empty = { subscribe: [], unsubscribe: [], initialVersions: new Map(), responseNonce: '' };
    this.#write(encodeDeltaRequest({ ...node, typeUrl: typeUrl(type), ...empty, ...request }));
  }

  values(index: number): unknown[] {
    const resources = this.responses[index]?.resources ?? [];
    return resources.map(({ value }) => JSON.parse(Buffer.from(decodeResourceJson(value)).toString()));
  }

  until(condition: () => boolean): Promise<void> {
    return eventually(condition, (resume) => this.#waiting.push(resume));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel();
  }

  #resume(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
