import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import type { MeshStatus, ProxyStatus } from '@weft/api/control-plane-api';
import { controlPlaneApi } from '@weft/control-plane/admin/api';
import { serveFetch } from '@weft/control-plane/admin/fetch-server';
import { compileMesh } from '@weft/control-plane/compile/mesh';
import { loadFolder } from '@weft/control-plane/provider/file/load-folder';
import { ApiClient } from '../api-client.ts';
import { explain } from './explain.ts';
import { readQuestion } from './question.ts';
import { folderSource, runningSource } from './source.ts';

const FOLDER = relative(process.cwd(), join(import.meta.dirname, '../../../../examples/bookshop'));

/** The API of a control plane that holds the bookshop. */
async function startApi(stack: AsyncDisposableStack, proxies: readonly ProxyStatus[]): Promise<ApiClient> {
  const mesh = compileMesh(await loadFolder(FOLDER));
  const status: MeshStatus = {
    version: '0.1.0',
    trustDomain: 'cluster.local',
    provider: { kind: 'file', source: FOLDER, lastChange: '2026-01-01T00:00:00.000Z' },
    counts: { services: 0, workloads: 0, routes: 0, policies: 0, proxies: 0 },
    diagnostics: mesh.diagnostics,
    workloads: [],
  };
  const app = controlPlaneApi({
    status: () => status,
    resources: () => mesh.objects(),
    proxies: () => proxies,
    proxyConfig: (namespace, pod) => mesh.proxyConfig(`${namespace}/${pod}`),
    stat: () => [],
    edges: () => [],
    detected: () => [],
    putPods: () => undefined,
    launcherSecret: 'none',
  });
  const binding = { address: '127.0.0.1', port: 0, purpose: 'test', remedy: 'none' };
  const server = stack.use(await serveFetch(binding, app.fetch));
  const client = new ApiClient(`127.0.0.1:${server.port}`);
  stack.defer(() => client.close());
  return client;
}

test('a mesh that runs is explained as its files are, with the same places', async () => {
  await using stack = new AsyncDisposableStack();
  const running = await runningSource(await startApi(stack, []));
  const files = await folderSource(FOLDER);
  for (const [line, from] of [
    ['GET http://reviews/reviews/7', 'storefront'],
    ['GET http://ratings/ratings/7', 'spider'],
    ['TCP stock', 'storefront'],
    ['GET http://ratings/', 'outside'],
  ] as const) {
    const [method = '', url = ''] = line.split(' ');
    const question = readQuestion(method, url, { headers: [] });
    // The ids that a sidecar makes up are others each time.
    const told = async (source: typeof files): Promise<string> =>
      JSON.stringify(await explain(source, question, { from }), (key, value) =>
        key === 'headers' ? undefined : value,
      );
    assert.equal(await told(running), await told(files), line);
  }
});

test('a proxy that is behind is noted, since it may decide otherwise', async () => {
  await using stack = new AsyncDisposableStack();
  const since = '2026-01-01T00:00:00.000Z';
  const proxy = { since, subscribed: 2, acked: 1, nacks: [] };
  const source = await runningSource(
    await startApi(stack, [
      { ...proxy, id: 'bookshop/a', connected: true, synced: true },
      { ...proxy, id: 'bookshop/b', connected: true, synced: false },
      { ...proxy, id: 'bookshop/c', connected: false, synced: true },
    ]),
  );
  assert.match(source.notes[0] ?? '', /bookshop\/b has not accepted/);
  assert.match(source.notes[1] ?? '', /bookshop\/c is not connected/);
  assert.equal(source.notes.length, 2);
});
