import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from '@weft/common/metrics/registry';
import { metricsApp } from './metrics-app.ts';

test('metrics are written in the format asked for', async () => {
  const app = metricsApp(new Registry());
  const plain = await app.request('/metrics');
  assert.equal(plain.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(await plain.text(), /^weft_metrics_series_dropped_total 0$/m);
  const open = await app.request('/metrics', { headers: { accept: 'application/openmetrics-text' } });
  assert.match(await open.text(), /# EOF\n$/);
});

test('health answers', async () => {
  assert.equal((await metricsApp(new Registry()).request('/healthz')).status, 200);
});
