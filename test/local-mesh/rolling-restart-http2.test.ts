// As rolling-restart.test.ts, with HTTP/2: servers that are replaced while requests, slow uploads and gRPC streams of
// some seconds run, each kind on one connection. Not one stream fails, and the connections stay.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { workloadYaml } from '@weft/cli/testing/local-mesh';
import { eventually } from './eventually.ts';
import { GRPC_MODULE, GRPC_SERVER, GrpcStreams } from './grpc-streams.ts';
import { HTTP2_SERVER, Http2Load } from './http2-load.ts';
import { endAndReplace, isSoak, RATE, REPLICAS, RESTARTS, restart } from './restarts.ts';
import { podNames, Shop } from './shop.ts';

/** `feed` speaks gRPC, `site` plain HTTP/2. */
function yaml(name: 'feed' | 'site', is: string): string {
  const protocol = name === 'feed' ? 'grpc' : 'http2';
  return workloadYaml({
    name,
    replicas: REPLICAS,
    command: `[node, ${name}.mjs]`,
    env: { IS: is, GRPC: GRPC_MODULE },
  }).replaceAll('name: http,', `name: ${protocol},`);
}

async function startShop(): Promise<Shop> {
  return Shop.start({
    webs: 0,
    files: {
      'feed.mjs': GRPC_SERVER,
      'feed.yaml': yaml('feed', 'first'),
      'site.mjs': HTTP2_SERVER,
      'site.yaml': yaml('site', 'first'),
    },
    pods: [...podNames('feed', REPLICAS), ...podNames('site', REPLICAS)],
  });
}

class Traffic implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #streams: GrpcStreams;
  readonly #load: Http2Load;

  static async start(shop: Shop): Promise<Traffic> {
    const feed = await shop.outbound('client-0', 'feed:80');
    const site = await shop.outbound('client-0', 'site:80');
    // The harness waits for the Pods; their endpoints are at the client's sidecar a moment later.
    await eventually('a call', () => GrpcStreams.isServed(feed));
    await eventually('an answer', () => Http2Load.isServed(site));
    return new Traffic(feed, site);
  }

  private constructor(feed: number, site: number) {
    this.#streams = this.#stack.use(new GrpcStreams(feed));
    this.#load = this.#stack.use(new Http2Load(site, RATE));
  }

  /** Resolves when there was some of everything since now. */
  async more(): Promise<void> {
    const [{ streams }, { requests, uploads }] = [this.#streams, this.#load];
    await eventually(
      'traffic',
      () =>
        this.#streams.streams >= streams + 4 &&
        this.#load.requests > requests + 20 &&
        this.#load.uploads > uploads,
    );
  }

  async assertNothingFailed(t: TestContext): Promise<void> {
    await this.more();
    const { rate } = this.#load;
    await Promise.all([this.#streams.stop(), this.#load.stop()]);
    t.diagnostic(`${this.#streams.streams} gRPC streams, ${this.#streams.calls} calls`);
    t.diagnostic(`${this.#load.requests} requests, ${rate} a second, ${this.#load.uploads} uploads`);
    assert.deepEqual(this.#streams.failures, []);
    assert.deepEqual(this.#load.failures, []);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

test('rolling restarts of HTTP/2 and gRPC servers, and a sidecar that somebody else ends, fail no stream', async (t) => {
  await using shop = await startShop();
  await using traffic = await Traffic.start(shop);
  for (const pod of isSoak ? ['feed-0', 'site-0'] : ['feed-0']) {
    await endAndReplace(t, shop, { pod, parts: ['sidecar'] });
    await traffic.more();
  }
  for (let round = 1; round <= RESTARTS; round++) {
    const name = round % 2 === 0 ? 'site' : 'feed';
    await restart(t, shop, name, yaml(name, `${name}-${round}`));
  }
  await traffic.assertNothingFailed(t);
});
