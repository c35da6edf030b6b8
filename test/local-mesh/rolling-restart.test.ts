// Replicas of clients and servers that are replaced again and again under load: not one request fails. `npm run soak`
// does it 30 times, with 1,000 requests a second where the machine holds them.
//
//   test ─▶ client's sidecar ══▶ front, which calls ══▶ web        requests
//                            ══▶ web                               uploads

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { call } from './call.ts';
import { eventually } from './eventually.ts';
import { assertNothingLost, Load } from './load.ts';
import { type Ended, endAndReplace, isSoak, RATE, REPLICAS, RESTARTS, restart } from './restarts.ts';
import { podNames, Shop, serverYaml } from './shop.ts';
import { Uploads } from './uploads.ts';

/** Passes each request on to `web`, as an application does that is both. */
const FRONT = `import { Agent, createServer, request } from 'node:http';
const agent = new Agent({ keepAlive: true });
const { WEB_SERVICE_HOST: host, WEB_SERVICE_PORT: port } = process.env;
let isEnding = false;
const server = createServer(({ url: path }, outgoing) => {
  if (isEnding) outgoing.setHeader('connection', 'close');
  const asked = request({ host, port, path, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode);
    answer.pipe(outgoing);
  });
  asked.on('error', (error) => outgoing.writeHead(502).end(\`front: \${error.message}\`));
  asked.end();
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  isEnding = true;
  server.close(() => process.exit());
});
`;

function yaml(name: 'front' | 'web', is: string): string {
  const text = serverYaml({ name, replicas: REPLICAS, is });
  return name === 'front' ? text.replace('server.mjs', 'front.mjs') : text;
}

async function startShop(): Promise<Shop> {
  return Shop.start({
    webs: REPLICAS,
    files: { 'front.mjs': FRONT, 'front.yaml': yaml('front', 'front') },
    pods: podNames('front', REPLICAS),
  });
}

/** Everything that runs while the mesh is changed. */
class Traffic implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #load: Load;
  readonly #uploads: Uploads | undefined;

  static async start(shop: Shop, { uploads = true } = {}): Promise<Traffic> {
    const front = await shop.outbound('client-0', 'front:80');
    const web = await shop.outbound('client-0', 'web:80');
    for (const port of [front, web]) {
      await eventually('an answer', async () => (await call(port, '/')).status === 200);
    }
    return new Traffic(front, uploads ? web : undefined);
  }

  private constructor(front: number, web: number | undefined) {
    this.#load = this.#stack.use(new Load({ port: front, connections: 8, rate: RATE }));
    this.#uploads = web === undefined ? undefined : this.#stack.use(new Uploads(web));
  }

  /** Resolves when there was some of everything since now. */
  async more(): Promise<void> {
    const { requests } = this.#load;
    const { count = 0 } = this.#uploads ?? {};
    await eventually(
      'traffic',
      () => this.#load.requests > requests + 20 && (this.#uploads?.count ?? 1) > count,
    );
  }

  async assertNothingFailed(t: TestContext): Promise<void> {
    await this.more();
    await this.#uploads?.stop();
    await assertNothingLost(t, this.#load);
    if (this.#uploads === undefined) return;
    t.diagnostic(`${this.#uploads.count} uploads`);
    assert.deepEqual(this.#uploads.failures, []);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

test('rolling restarts of clients and servers, and a sidecar that somebody else ends, fail no request', async (t) => {
  await using shop = await startShop();
  await using traffic = await Traffic.start(shop);
  for (const pod of isSoak ? ['web-0', 'front-0'] : ['web-0']) {
    await endAndReplace(t, shop, { pod, parts: ['sidecar'] });
    await traffic.more();
  }
  for (let round = 1; round <= RESTARTS; round++) {
    const name = round % 2 === 0 ? 'front' : 'web';
    await restart(t, shop, name, yaml(name, `${name}-${round}`));
  }
  await traffic.assertNothingFailed(t);
});

// Without uploads: an application that is told to end while it still gets requests closes the connections that its
// sidecar keeps, and a POST that is just then on its way there may not be sent again (RFC 9110 9.2.2).
test('an application that somebody else tells to end, alone or with its sidecar, fails no request', async (t) => {
  await using shop = await startShop();
  await using traffic = await Traffic.start(shop, { uploads: false });
  const ended: readonly Ended[] = [
    { pod: 'web-0', parts: ['application'] },
    { pod: 'front-0', parts: ['application', 'sidecar'] },
    { pod: 'front-1', parts: ['application'] },
    { pod: 'web-1', parts: ['application', 'sidecar'] },
  ];
  for (const each of isSoak ? ended : ended.slice(0, 2)) {
    await endAndReplace(t, shop, each);
    await traffic.more();
  }
  await traffic.assertNothingFailed(t);
});
