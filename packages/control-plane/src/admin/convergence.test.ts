import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyStatus } from '@weft/api/control-plane-api';
import { Registry } from '@weft/common/metrics/registry';
import { render } from '@weft/common/metrics/render';
import { Convergence } from './convergence.ts';

const AT = '2026-01-01T00:00:00.000Z';

function proxy(synced: boolean, more: Partial<ProxyStatus> = {}): ProxyStatus {
  return { id: 'shop/a', connected: true, since: AT, subscribed: 1, acked: 1, synced, nacks: [], ...more };
}

function started() {
  const registry = new Registry();
  const state = { proxies: [] as ProxyStatus[], now: 0 };
  const convergence = new Convergence(
    registry,
    () => state.proxies,
    () => state.now,
  );
  const observed = () => {
    const text = render(registry, 'prometheus');
    const read = (name: string) =>
      Number(new RegExp(`^weft_config_convergence_seconds_${name} (.*)$`, 'm').exec(text)?.[1]);
    return { count: read('count'), sum: read('sum') };
  };
  return { state, convergence, observed };
}

test('the time is from the first change until the last proxy has accepted', () => {
  const { state, convergence, observed } = started();
  state.proxies = [proxy(false), proxy(false)];
  convergence.changed();
  state.now = 100;
  convergence.changed();
  state.proxies = [proxy(true), proxy(false)];
  convergence.proxiesChanged();
  assert.deepEqual(observed(), { count: 0, sum: 0 });
  state.now = 250;
  state.proxies = [proxy(true), proxy(true)];
  convergence.proxiesChanged();
  convergence.proxiesChanged();
  assert.deepEqual(observed(), { count: 1, sum: 0.25 });
});

test('a change that no proxy needs is not measured', () => {
  const { state, convergence, observed } = started();
  state.proxies = [proxy(true)];
  convergence.changed();
  convergence.proxiesChanged();
  assert.deepEqual(observed(), { count: 0, sum: 0 });
});

test('a proxy that refused, or is gone, is not waited for', () => {
  const { state, convergence, observed } = started();
  state.proxies = [proxy(false), proxy(false), proxy(false)];
  convergence.changed();
  state.now = 50;
  const nack = { type: 'Outbound', name: 'shop/a:80', message: 'no', at: AT };
  state.proxies = [proxy(true), proxy(false, { nacks: [nack] }), proxy(false, { connected: false })];
  convergence.proxiesChanged();
  assert.deepEqual(observed(), { count: 1, sum: 0.05 });
});
