import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyNode } from './proxy-node.ts';

const WORKLOAD = { namespace: 'bookshop', name: 'shop', app: 'shop', version: 'v1' };

test('what a proxy says of itself is read', () => {
  const metadata = { workload: WORKLOAD, metricsPort: 15020, adminPort: 15000, version: '0.1.0' };
  assert.deepEqual(proxyNode({ id: 'bookshop/shop-0', metadata, zone: 'z1' }, '10.0.0.7:41234'), {
    id: 'bookshop/shop-0',
    address: '10.0.0.7',
    workload: WORKLOAD,
    metricsPort: 15020,
    adminPort: 15000,
    version: '0.1.0',
    zone: 'z1',
  });
});

test('fields of another type are left out', () => {
  for (const metadata of [
    {},
    { workload: 'shop', metricsPort: '15020', adminPort: 0.5, version: 1 },
    { workload: { ...WORKLOAD, app: 1 }, metricsPort: 0, adminPort: 70_000, version: null },
    { workload: [WORKLOAD], metricsPort: -1, adminPort: [], version: {} },
  ]) {
    assert.deepEqual(proxyNode({ id: 'a/b', metadata }, '[::1]:9'), { id: 'a/b', address: '::1' });
  }
});
