// The control plane as a whole: a real folder, real sockets, everything asked for over its API.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MeshStatus, StatRow, StoredResource } from '@weft/api/control-plane-api';
import type { ProxyConfig } from '@weft/api/proxy-config/types';
import { Log } from '@weft/common/logger/logger';
import { LAUNCHER_SECRET_FILE } from './admin/launcher-secret.ts';
import { type ControlPlane, startControlPlane } from './main.ts';

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{port: 80, targetPort: 8080, appProtocol: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews-v1, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews, version: v1}}
  template:
    metadata: {labels: {app: reviews, version: v1}}
    spec:
      serviceAccountName: reviews
      containers: [{name: app, ports: [{containerPort: 8080}]}]
`;

const ROUTE = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: reviews, namespace: shop}
spec:
  parentRefs: [{group: '', kind: Service, name: reviews}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /reviews}}]
      backendRefs: [{name: reviews, port: 80}]
`;

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'reviews-v1-0',
    namespace: 'shop',
    labels: { app: 'reviews', version: 'v1' },
    annotations: { 'weft.dev/meshed': 'true', 'weft.dev/local-ports': '{"8080": 40123}' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'reviews-v1' }],
  },
  spec: {
    serviceAccountName: 'reviews',
    containers: [{ name: 'app', ports: [{ containerPort: 8080 }] }],
  },
  status: { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
};

const FREE_PORTS = { apiPort: 0, xdsPort: 0, metricsPort: 0 };
const quiet = () => new Log({ output: { write: () => {} } });

interface Place {
  readonly folder: string;
  readonly dataDir: string;
}

async function place(t: TestContext, files: Readonly<Record<string, string>>): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'weft-control-plane-'));
  t.after(() => rm(root, { recursive: true }));
  const folder = join(root, 'manifests');
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { folder, dataDir: join(root, 'data') };
}

class Client {
  readonly #base: string;

  constructor({ ports }: ControlPlane) {
    this.#base = `http://127.0.0.1:${ports.api}/api/v1`;
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#base}${path}`);
    assert.equal(response.status, 200, path);
    return (await response.json()) as T;
  }

  async putPods(pods: readonly unknown[], secret: string): Promise<number> {
    const headers = { authorization: `Bearer ${secret}` };
    const body = JSON.stringify(pods);
    const response = await fetch(`${this.#base}/local/pods`, { method: 'PUT', body, headers });
    await response.body?.cancel();
    return response.status;
  }

  /** Asks until the status is as expected; the test runner ends it otherwise. */
  async until(isSo: (status: MeshStatus) => boolean): Promise<MeshStatus> {
    for (;;) {
      const status = await this.get<MeshStatus>('/status');
      if (isSo(status)) return status;
      await sleep(20);
    }
  }
}

test('a folder and the Pods that run for it are served as resources, status and configuration', async (t) => {
  const { folder, dataDir } = await place(t, { 'shop.yaml': MANIFESTS, 'route.yaml': ROUTE });
  await using controlPlane = await startControlPlane({ folder, dataDir, ...FREE_PORTS, log: quiet() });
  const client = new Client(controlPlane);
  const secret = (await readFile(join(dataDir, LAUNCHER_SECRET_FILE), 'utf8')).trim();
  assert.equal(await client.putPods([POD], 'not the secret of the launcher at all'), 401);
  assert.equal(await client.putPods([POD], secret), 204);

  const status = await client.get<MeshStatus>('/status');
  assert.deepEqual(status.diagnostics, []);
  assert.deepEqual(status.counts, { services: 1, workloads: 1, routes: 1, policies: 0, proxies: 0 });
  assert.equal(status.trustDomain, 'cluster.local');
  assert.equal(status.provider.source, folder);
  assert.deepEqual(status.workloads, [
    { namespace: 'shop', name: 'reviews-v1', version: 'v1', replicas: 1, ready: 1, proxies: 0 },
  ]);

  const [route] = await client.get<StoredResource[]>('/resources?kind=HTTPRoute&namespace=shop');
  assert.match(route?.source ?? '', /route\.yaml:2$/);
  const { parents } = (route?.object['status'] ?? {}) as {
    parents?: { conditions: { type: string; status: string }[] }[];
  };
  assert.deepEqual(
    parents?.[0]?.conditions.map(({ type, status: is }) => [type, is]),
    [
      ['Accepted', 'True'],
      ['ResolvedRefs', 'True'],
    ],
  );

  const config = await client.get<ProxyConfig>('/proxies/shop/reviews-v1-0/config');
  assert.equal(config.outbounds[0]?.name, 'shop/reviews:80');
  assert.equal(config.outbounds[0]?.rules[0]?.ref, 'HTTPRoute/shop/reviews');
  const [endpoint] = config.endpoints[0]?.endpoints ?? [];
  assert.equal(endpoint?.port, 40123);
  assert.equal(endpoint?.identity, 'spiffe://cluster.local/ns/shop/sa/reviews');
  assert.equal(config.inbound?.ports[0]?.port, 8080);
  assert.equal(config.trust?.roots.join(''), await readFile(controlPlane.rootsFile, 'utf8'));

  const [row] = await client.get<StatRow[]>('/stat');
  assert.deepEqual(row, {
    namespace: 'shop',
    service: 'reviews',
    workload: 'reviews-v1',
    version: 'v1',
    replicas: 1,
    ready: 1,
    protocol: 'none',
    rate: 0,
    total: 0,
    failed: 0,
  });
  assert.deepEqual(await client.get('/edges'), []);
  assert.deepEqual(await client.get('/proxies'), []);
});

test('a saved manifest takes effect, and a broken one is reported while the last good one serves', async (t) => {
  const { folder, dataDir } = await place(t, { 'shop.yaml': MANIFESTS });
  await using controlPlane = await startControlPlane({ folder, dataDir, ...FREE_PORTS, log: quiet() });
  const client = new Client(controlPlane);
  const before = await client.get<MeshStatus>('/status');
  assert.equal(before.counts.routes, 0);
  await writeFile(join(folder, 'route.yaml'), ROUTE);
  const after = await client.until(({ counts }) => counts.routes === 1);
  assert.ok(after.provider.lastChange > before.provider.lastChange);
  await writeFile(join(folder, 'route.yaml'), ROUTE.replace('PathPrefix', 'PathGlob'));
  const broken = await client.until(({ diagnostics }) => diagnostics.length > 0);
  assert.equal(broken.counts.routes, 1);
  assert.match(broken.diagnostics[0]?.file ?? '', /route\.yaml$/);
  assert.equal(broken.diagnostics[0]?.line, 8);
});

test('its own metrics and health are on a port of their own', async (t) => {
  const { folder, dataDir } = await place(t, { 'shop.yaml': MANIFESTS });
  await using controlPlane = await startControlPlane({ folder, dataDir, ...FREE_PORTS, log: quiet() });
  const base = `http://127.0.0.1:${controlPlane.ports.metrics}`;
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  const text = await (await fetch(`${base}/metrics`)).text();
  assert.match(text, /^weft_xds_connected_proxies 0$/m);
  assert.match(text, /^weft_config_diagnostics\{severity="error"\} 0$/m);
  assert.match(text, /^weft_config_convergence_seconds_count 0$/m);
  assert.match(text, /^weft_build_info\{component="control-plane",/m);
});

test('the root outlives a restart, in a folder of the user alone', async (t) => {
  const { folder, dataDir } = await place(t, { 'shop.yaml': MANIFESTS });
  const roots: string[] = [];
  for (let run = 0; run < 2; run++) {
    await using controlPlane = await startControlPlane({ folder, dataDir, ...FREE_PORTS, log: quiet() });
    roots.push(await readFile(controlPlane.rootsFile, 'utf8'));
  }
  assert.equal(roots[0], roots[1]);
  assert.equal((await stat(dataDir)).mode & 0o777, 0o700);
});

test('a port in use is one line for the user, and nothing stays open', async (t) => {
  const { folder, dataDir } = await place(t, { 'shop.yaml': MANIFESTS });
  await using controlPlane = await startControlPlane({ folder, dataDir, ...FREE_PORTS, log: quiet() });
  const { api, xds, metrics } = controlPlane.ports;
  const cases = [
    {
      ...FREE_PORTS,
      apiPort: api,
      says: new RegExp(`^port ${api} on 127\\.0\\.0\\.1 \\(.*API\\) is in use: .*--api-port$`),
    },
    { ...FREE_PORTS, xdsPort: xds, says: new RegExp(`^port ${xds} on 127\\.0\\.0\\.1 \\(.*\\) is in use: `) },
    { ...FREE_PORTS, metricsPort: metrics, says: new RegExp(`^port ${metrics} .*--metrics-port$`) },
  ];
  for (const { says, ...ports } of cases) {
    await assert.rejects(startControlPlane({ folder, dataDir, ...ports, log: quiet() }), (error: Error) => {
      assert.match(error.message, says);
      return true;
    });
  }
});

test('a folder that is not there is one line for the user', async (t) => {
  const { dataDir } = await place(t, {});
  const missing = startControlPlane({ folder: '/does/not/exist', dataDir, ...FREE_PORTS, log: quiet() });
  await assert.rejects(missing, /\/does\/not\/exist/);
});
