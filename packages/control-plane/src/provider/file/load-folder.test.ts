import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EndpointSlice } from '@weft/api/kinds/endpoint-slice';
import { impliedPods } from './implied-pods.ts';
import { loadFolder } from './load-folder.ts';

const testdata = join(import.meta.dirname, 'testdata/shop');

test('a folder is read as if all of it ran: Pods for each replica, and their endpoints', async () => {
  const { resources, diagnostics } = await loadFolder(testdata);
  assert.deepEqual(diagnostics, []);
  const pods = resources.filter(({ resource }) => resource.kind === 'Pod').map(({ resource }) => resource);
  assert.deepEqual(
    pods.map(({ metadata }) => [metadata.name, metadata.ownerReferences?.[0]?.kind]),
    [
      ['web-0', 'Deployment'],
      ['web-1', 'Deployment'],
      ['db-0', 'StatefulSet'],
    ],
  );
  const slices = resources
    .map(({ resource }) => resource)
    .filter(({ kind }) => kind === 'EndpointSlice') as unknown as EndpointSlice[];
  assert.deepEqual(
    slices.map(({ metadata, ports, endpoints }) => [
      metadata.name,
      ports[0]?.port,
      endpoints[0]?.conditions?.ready,
    ]),
    [
      ['db-db-0', 5432, true],
      ['web-web-0', 8080, true],
      ['web-web-1', 8080, true],
    ],
  );
});

test('implied Pods are made once', async () => {
  const { resources } = await loadFolder(testdata);
  assert.deepEqual(impliedPods(resources.map(({ resource }) => resource)), []);
});

test('a folder that is missing or has no manifests is an error that names it', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'weft-empty-'));
  try {
    await assert.rejects(loadFolder(join(empty, 'missing')), {
      message: `${join(empty, 'missing')}: no such folder`,
    });
    await assert.rejects(loadFolder(empty), {
      message: `${empty}: no manifests here (*.yaml, *.yml, *.json)`,
    });
  } finally {
    await rm(empty, { recursive: true });
  }
});
