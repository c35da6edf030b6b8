import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EdgeRow, StatRow } from '@weft/api/control-plane-api';
import { PLAIN, width } from '../output/style.ts';
import { matchGolden } from '../testing/golden.ts';
import { liveView, type MeshView } from './live-view.ts';

function stat(service: string, version: string, numbers: Partial<StatRow>): StatRow {
  const names = { namespace: 'bookshop', service, workload: service, version };
  return { ...names, replicas: 1, ready: 1, protocol: 'http', rate: 0, total: 0, failed: 0, ...numbers };
}

function edge(source: string, destination: string, version: string, numbers: Partial<EdgeRow>): EdgeRow {
  const names = { namespace: 'bookshop', source, destination, destinationVersion: version };
  return { ...names, protocol: 'http', rate: 0, total: 0, ...numbers };
}

const VIEW: MeshView = {
  title: 'examples/bookshop',
  uptimeMs: 72_000,
  ready: 9,
  replicas: 9,
  stat: [
    stat('catalog', 'v1', { rate: 27.04, success: 1, p50Ms: 0.8, p99Ms: 3.1, mtls: 1 }),
    stat('ratings', 'v1', { rate: 1.7, success: 0.966, p50Ms: 0.7, p99Ms: 12.4, mtls: 1 }),
    stat('reviews', 'v1', { rate: 14.8, success: 1, p50Ms: 0.9, p99Ms: 4, mtls: 1 }),
    stat('reviews', 'v2', { rate: 1.6, success: 1, p50Ms: 2.2, p99Ms: 21, mtls: 0.5 }),
    stat('stock', 'v1', { protocol: 'tcp', rate: 0.2, success: 1, bytesPerSecond: 120, mtls: 1 }),
    stat('storefront', 'v1', { rate: 30.2, success: 0.9996, p50Ms: 3.4, p99Ms: 1220, mtls: 1, replicas: 2 }),
    stat('unused', 'v1', { protocol: 'none', ready: 0 }),
  ],
  edges: [
    edge('spider', 'ratings', 'v1', { rate: 1, success: 0, p99Ms: 2.1, mtls: 1 }),
    edge('storefront', 'catalog', 'v1', { rate: 27, success: 1, p99Ms: 4.2, mtls: 1 }),
    edge('visitors', 'storefront', 'v1', { rate: 30.2, success: 1, p99Ms: 16, mtls: 1 }),
  ],
  problems: [],
  suggestions: [
    { command: 'bin/weft explain GET http://ratings/ --from bookshop/spider', why: 'why that is refused' },
    { command: 'bin/weft proxy-status', why: 'what each sidecar has accepted' },
  ],
};

function golden(name: string, view: MeshView, size: { columns: number; rows: number }): void {
  const lines = liveView(view, size, PLAIN);
  assert.ok(lines.length <= size.rows, `${lines.length} lines`);
  for (const line of lines) assert.ok(width(line) <= size.columns, `"${line}" is too wide`);
  matchGolden(join(import.meta.dirname, 'testdata', `${name}.txt`), `${lines.join('\n')}\n`);
}

test('a mesh that is well fits in a usual terminal', () => golden('well', VIEW, { columns: 100, rows: 30 }));

test('a version that has a Service of its own is shown once, by the name that carries traffic', () => {
  const { stat: rows, ...rest } = VIEW;
  const alias = { ...stat('reviews-v1', 'v1', { protocol: 'none' }), workload: 'reviews' };
  const lines = liveView({ ...rest, stat: [...rows, alias] }, { columns: 100, rows: 30 }, PLAIN);
  assert.equal(lines.filter((line) => line.includes('reviews-v1')).length, 0);
});

test('problems stand above the suggestions, the first five of them', () => {
  const problems = ['bookshop/web-0: CrashLoopBackOff: exit code 1, restart 3 in 8 s', ...'abcdef'];
  golden('problems', { ...VIEW, ready: 8, problems }, { columns: 100, rows: 30 });
});

test('in a low terminal the edges go first, then the suggestions', () => {
  golden('low', { ...VIEW, problems: ['one'] }, { columns: 100, rows: 19 });
  golden('lower', { ...VIEW, problems: ['one'] }, { columns: 100, rows: 13 });
});

test('in a narrow terminal the reasons of suggestions go', () => {
  const { stat, edges, ...rest } = VIEW;
  golden('narrow', { ...rest, stat: stat.slice(0, 1), edges: edges.slice(0, 1) }, { columns: 78, rows: 30 });
});

test('before anything is known there is only the head line', () => {
  golden('empty', { ...VIEW, ready: 0, stat: [], edges: [], suggestions: [] }, { columns: 80, rows: 24 });
});
