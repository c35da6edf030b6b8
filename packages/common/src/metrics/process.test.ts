import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observeProcess } from './process.ts';
import { Registry } from './registry.ts';
import { render } from './render.ts';

test('the process reports itself by the names that Prometheus clients share', () => {
  const registry = new Registry();
  observeProcess(registry, { component: 'proxy', version: '1.2.3' });
  const text = render(registry, 'prometheus');
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  assert.ok(value('process_cpu_seconds_total') > 0);
  assert.ok(value('process_resident_memory_bytes') > 1e6);
  assert.ok(Math.abs(value('process_start_time_seconds') - (Date.now() / 1000 - process.uptime())) < 1);
  assert.equal(value('nodejs_eventloop_lag_seconds'), 0);
  assert.match(text, /^weft_build_info\{component="proxy",version="1\.2\.3",node="v[\d.]+"\} 1$/m);
});

test('event loop lag is that of the scrape before', async () => {
  const registry = new Registry();
  observeProcess(registry, { component: 'proxy', version: '1.2.3' });
  render(registry, 'prometheus');
  const start = performance.now();
  while (performance.now() - start < 5) {
    // Busy, as a blocked loop is.
  }
  await new Promise(setImmediate);
  const lag = /^nodejs_eventloop_lag_seconds (\S+)$/m.exec(render(registry, 'prometheus'))?.[1];
  assert.ok(Number(lag) >= 0.005, `${lag} s`);
});
