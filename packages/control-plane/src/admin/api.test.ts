import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshStatus, StoredResource } from '@weft/api/control-plane-api';
import type { ProxyConfig } from '@weft/api/proxy-config/types';
import { type ApiSources, controlPlaneApi } from './api.ts';

const STATUS: MeshStatus = {
  version: '0.1.0',
  trustDomain: 'cluster.local',
  provider: { kind: 'file', source: 'shop', lastChange: '2026-01-01T00:00:00.000Z' },
  counts: { services: 1, workloads: 1, routes: 0, policies: 0, proxies: 0 },
  diagnostics: [],
  workloads: [],
};
const CONFIG: ProxyConfig = { listeners: [], outbounds: [], clusters: [], endpoints: [] };

function stored(kind: string, name: string, namespace: string): StoredResource {
  return { object: { apiVersion: 'v1', kind, metadata: { name, namespace } }, source: 'shop.yaml:1' };
}

function api(changes: Partial<ApiSources> = {}) {
  const app = controlPlaneApi({
    status: () => STATUS,
    resources: () => [
      stored('Service', 'catalog', 'shop'),
      stored('Service', 'catalog', 'blog'),
      stored('HTTPRoute', 'catalog', 'shop'),
    ],
    proxies: () => [],
    proxyConfig: (namespace, pod) => (namespace === 'shop' && pod === 'catalog-0' ? CONFIG : undefined),
    stat: () => [],
    edges: () => [],
    detected: () => [],
    putPods: () => undefined,
    launcherSecret: 'opensesame',
    ...changes,
  });
  return async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('host')) headers.set('host', '127.0.0.1:15010');
    const response = await app.fetch(new Request(`http://localhost${path}`, { ...init, headers }));
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      value: text === '' ? undefined : JSON.parse(text),
    };
  };
}

function put(body: string, authorization = 'Bearer opensesame'): RequestInit {
  return { method: 'PUT', body, headers: { authorization } };
}

test('each page answers what its source says', async () => {
  const ask = api();
  assert.deepEqual((await ask('/api/v1/status')).value, STATUS);
  assert.deepEqual((await ask('/api/v1/proxies')).value, []);
  assert.deepEqual((await ask('/api/v1/stat')).value, []);
  assert.deepEqual((await ask('/api/v1/edges')).value, []);
  assert.deepEqual((await ask('/api/v1/detected')).value, []);
  assert.deepEqual((await ask('/api/v1/proxies/shop/catalog-0/config')).value, CONFIG);
});

test('resources are selected by kind, namespace and name', async () => {
  const ask = api();
  const names = async (query: string) =>
    (await ask(`/api/v1/resources${query}`)).value.map(
      ({ object }: StoredResource) => `${object.kind}/${object.metadata.namespace}`,
    );
  assert.equal((await names('')).length, 3);
  assert.deepEqual(await names('?kind=service'), ['Service/shop', 'Service/blog']);
  assert.deepEqual(await names('?namespace=shop&name=catalog'), ['Service/shop', 'HTTPRoute/shop']);
  assert.deepEqual(await names('?name=other'), []);
});

test('what is not there is 404 with a reason', async () => {
  const ask = api();
  const proxy = await ask('/api/v1/proxies/shop/other/config');
  assert.equal(proxy.status, 404);
  assert.match(proxy.value.error, /no proxy shop\/other/);
  const page = await ask('/api/v2/status');
  assert.equal(page.status, 404);
  assert.deepEqual(page.value, { error: 'there is no GET /api/v2/status' });
});

test('a failure is 500 with its message', async () => {
  const ask = api({
    stat: () => {
      throw new Error('no numbers');
    },
  });
  const { status, value } = await ask('/api/v1/stat');
  assert.equal(status, 500);
  assert.match(value.error, /^no numbers /);
});

test('a web page that a browser has open can not reach it', async () => {
  const ask = api();
  const rebound = await ask('/api/v1/status', { headers: { host: 'attacker.example:15010' } });
  assert.equal(rebound.status, 403);
  const crossing = await ask('/api/v1/status', { headers: { origin: 'https://attacker.example' } });
  assert.equal(crossing.status, 403);
  const preflight = await ask('/api/v1/local/pods', {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'PUT' },
  });
  assert.equal(preflight.headers.get('access-control-allow-origin'), null);
});

test('the launcher puts all Pods at once', async () => {
  let pods: readonly unknown[] = [];
  const ask = api({
    putPods: (list) => {
      pods = list;
      return undefined;
    },
  });
  const { status, value } = await ask('/api/v1/local/pods', put('[{"kind":"Pod"}]'));
  assert.equal(status, 204);
  assert.equal(value, undefined);
  assert.deepEqual(pods, [{ kind: 'Pod' }]);
});

test('without the launcher secret no Pods are taken', async () => {
  const ask = api({ putPods: () => assert.fail('were taken') });
  const requests: RequestInit[] = [
    { method: 'PUT', body: '[]' },
    put('[]', 'Bearer opensesam'),
    put('[]', 'Bearer opensesame2'),
    put('[]', 'Basic opensesame'),
    put('[]', 'opensesame'),
  ];
  for (const request of requests) assert.equal((await ask('/api/v1/local/pods', request)).status, 401);
});

test('what is no list of Pods is refused and says why', async () => {
  const ask = api({ putPods: () => 'Pod [0]: not a Pod' });
  for (const body of ['[', '{}', '']) {
    const { status, value } = await ask('/api/v1/local/pods', put(body));
    assert.equal(status, 400);
    assert.deepEqual(value, { error: 'the body is not a JSON list of Pods' });
  }
  const { status, value } = await ask('/api/v1/local/pods', put('[{}]'));
  assert.equal(status, 400);
  assert.deepEqual(value, { error: 'Pod [0]: not a Pod' });
});
