// Without its control plane the mesh serves on; with it again, everybody is back and nothing is sent twice.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProxyBootstrap } from '@weft/api/proxy-config/bootstrap';
import { untilGone } from '@weft/cli/testing/processes';
import { call } from './call.ts';
import { eventually } from './eventually.ts';
import { assertNothingLost, Load } from './load.ts';
import { metric } from './metrics.ts';
import { podNames, routeYaml, Shop } from './shop.ts';

const route = (value: string): string =>
  routeYaml(`
    - filters:
        - type: ResponseHeaderModifier
          responseHeaderModifier: { set: [{ name: x-route, value: "${value}" }] }
      backendRefs: [{ name: web, port: 80 }]`);

const POLICY = `apiVersion: weft.dev/v1alpha1
kind: AuthorizationPolicy
metadata: { name: closed, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: web }]
  action: DENY
  rules: [{ to: [{ paths: [/secret] }] }]
`;

const PODS = [...podNames('client', 2), ...podNames('web', 2)];

test('a control plane that is killed under load: no request fails, all proxies are back, changes work again', async (t) => {
  await using shop = await Shop.start({ clients: 2, webs: 2, files: { 'route.yaml': route('before') } });
  const ports = await Promise.all(podNames('client', 2).map((pod) => shop.outbound(pod, 'web:80')));
  await using loads = new AsyncDisposableStack();
  const running = ports.map((port) => loads.use(new Load({ port })));
  for (const port of ports) {
    await eventually('the route', async () => (await call(port, '/')).headers['x-route'] === 'before');
  }
  await eventually('all synced', () => allSynced(shop, PODS.length));
  const metricsPorts = await Promise.all(PODS.map(async (pod) => (await shop.bootstrap(pod)).admin.metrics));
  const held = await Promise.all(metricsPorts.map((port) => metric(port, 'weft_xds_updates_total')));

  const first = shop.pid('control-plane --await-pods');
  process.kill(first, 'SIGKILL');
  await untilGone(first);
  const away = await eventually('all proxies back', () => allSynced(shop, PODS.length));
  t.diagnostic(`all proxies are back after ${away.toFixed(0)} ms`);
  const second = shop.pid('control-plane --await-pods');
  assert.notEqual(second, first);
  const metrics = shop.controlPlaneMetrics;
  assert.equal(await metric(metrics, 'weft_xds_streams_total'), PODS.length, 'each came back once');
  assert.equal(await metric(metrics, 'weft_xds_pushes_total'), 0, 'nothing is sent that was held already');
  const afterwards = await Promise.all(metricsPorts.map((port) => metric(port, 'weft_xds_updates_total')));
  assert.deepEqual(afterwards, held);

  shop.folder.write('route.yaml', route('after'));
  for (const port of ports) {
    await eventually('the change', async () => (await call(port, '/')).headers['x-route'] === 'after');
  }
  for (const load of running) await assertNothingLost(t, load);
});

test('sidecars that are killed while the control plane does not answer start from their cache and serve', async (t) => {
  await using shop = await Shop.start({ files: { 'route.yaml': route('cached') } });
  const port = await shop.outbound('client-0', 'web:80');
  await eventually('the route', async () => (await call(port, '/')).headers['x-route'] === 'cached');
  const client = await shop.bootstrap('client-0');
  await eventually('the configuration is kept', async () => {
    const kept = await Promise.all([client, await shop.bootstrap('web-0')].map(keptBy));
    return kept[0]?.includes('cached') === true && kept[1]?.includes('"Inbound"') === true;
  });
  const controlPlane = shop.pid('control-plane --await-pods');
  process.kill(controlPlane, 'SIGSTOP');
  try {
    for (const pod of ['client-0', 'web-0']) {
      const sidecar = shop.pid(`shop.${pod}.json`);
      process.kill(sidecar, 'SIGKILL');
      await untilGone(sidecar);
    }
    const ms = await eventually('an answer by the cached route', async () => {
      const { status, headers } = await call(port, '/');
      return status === 200 && headers['x-route'] === 'cached';
    });
    t.diagnostic(`both sidecars serve again after ${ms.toFixed(0)} ms`);
    const { metrics } = client.admin;
    assert.ok((await metric(metrics, 'weft_xds_from_cache_total')) > 0);
    // What was refused while the other sidecar was not back yet reached nobody, and is counted as `none` too.
    const inPlainText = ['response_code="200"', 'connection_security_policy="none"'];
    assert.equal(await metric(metrics, 'istio_requests_total', ...inPlainText), 0);
  } finally {
    process.kill(controlPlane, 'SIGCONT');
  }
  shop.folder.write('route.yaml', route('fresh'));
  await eventually('a change', async () => (await call(port, '/')).headers['x-route'] === 'fresh');
});

test('a control plane that is killed while manifests are broken goes on with their last good versions', async () => {
  await using shop = await Shop.start({ files: { 'route.yaml': route('1'), 'policy.yaml': POLICY } });
  const port = await shop.outbound('client-0', 'web:80');
  const isServedRight = async (): Promise<boolean> => {
    const [open, closed] = await Promise.all([call(port, '/'), call(port, '/secret')]);
    return open.headers['x-route'] === '1' && open.status === 200 && closed.status === 403;
  };
  await eventually('route and policy', isServedRight);
  // One is an object that cannot be read, the other could be any object.
  shop.folder.write('route.yaml', route('2').replace('port: 80', 'port: eighty'));
  shop.folder.write('policy.yaml', POLICY.replace('kind: ', 'kind: ['));
  await shop.up.until('two problems', async () => (await shop.up.api.status()).diagnostics.length === 2);
  const controlPlane = shop.pid('control-plane --await-pods');
  process.kill(controlPlane, 'SIGKILL');
  await untilGone(controlPlane);
  await eventually('the proxies are back', () => allSynced(shop, 2));
  assert.equal((await shop.up.api.status()).diagnostics.length, 2);
  assert.ok(await isServedRight());
});

/** The configuration that a sidecar has on disk for its next start. */
function keptBy({ cacheDir = '' }: ProxyBootstrap): Promise<string> {
  return readFile(join(cacheDir, 'config.ndjson'), 'utf8');
}

async function allSynced(shop: Shop, count: number): Promise<boolean> {
  const proxies = await shop.up.api.proxies();
  return proxies.length === count && proxies.every(({ connected, synced }) => connected && synced);
}
