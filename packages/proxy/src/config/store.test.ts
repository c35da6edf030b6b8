import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from '@weft/common/metrics/registry';
import { createTrafficMetrics } from '../telemetry/traffic-metrics.ts';
import { createDialer } from '../transport/dialer.ts';
import { Ticker } from '../transport/ticker.ts';
import type { RuntimeConfig, RuntimeOutbound } from './runtime.ts';
import { ConfigStore } from './store.ts';
import type { Update } from './update.ts';

/** A store with a subscriber that only notes what is asked for, and what is given up. */
function store(options: { unusedClusterMs?: number; onGivenUp?: (name: string) => void } = {}): {
  store: ConfigStore;
  asked: string[];
  published: RuntimeConfig[];
} {
  const { onGivenUp = () => {}, ...others } = options;
  const asked: string[] = [];
  const published: RuntimeConfig[] = [];
  const upstream = {
    dial: createDialer(undefined),
    ticker: new Ticker(),
    metrics: createTrafficMetrics(new Registry()),
  };
  const made = new ConfigStore({
    upstream,
    ...others,
    inboundName: 'shop/app-0',
    onChange: (config) => published.push(config),
  });
  made.start({
    subscribe: (type, name) => asked.push(`${type} ${name}`),
    unsubscribe: (type, name) => onGivenUp(`${type} ${name}`),
  });
  return { store: made, asked, published };
}

function update(type: Update['type'], resources: Record<string, unknown>, ...removed: string[]): Update {
  return {
    type,
    resources: Object.entries(resources).map(([name, value]) => ({
      name,
      version: '1',
      value: { name, ...(value as object) },
    })),
    removed,
  };
}

const ROUTE = { protocol: 'http', rules: [{ backends: [{ cluster: 'a' }] }] };
const ENDPOINTS = { endpoints: [{ address: '127.0.0.1', port: 1 }] };

test('a proxy asks for its own resources at once, for a destination when it is called, then for its clusters', () => {
  const { store: config, asked } = store();
  assert.deepEqual(asked.splice(0), ['Trust trust', 'Telemetry telemetry', 'Inbound shop/app-0']);
  const answers: (RuntimeOutbound | undefined)[] = [];
  config.outbound('shop/a:80', (outbound) => answers.push(outbound));
  assert.deepEqual(asked.splice(0), ['Outbound shop/a:80']);
  config.apply(update('Outbound', { 'shop/a:80': ROUTE }));
  assert.deepEqual(asked.splice(0), ['Cluster a', 'Endpoints a']);
  config.apply(update('Cluster', { a: {} }));
  assert.equal(answers.length, 0, 'it waits for the endpoints');
  config.apply(update('Endpoints', { a: ENDPOINTS }));
  assert.equal(answers[0]?.config.name, 'shop/a:80');
  config.outbound('shop/a:80', (outbound) => answers.push(outbound));
  assert.equal(answers.length, 2, 'known: at once');
});

test('whoever waits is told that a destination does not exist, unless it has given up', () => {
  const { store: config } = store();
  const answers: (RuntimeOutbound | string | undefined)[] = [];
  config.outbound('shop/a:80', (outbound) => answers.push(outbound));
  const stop = config.outbound('shop/a:80', () => answers.push('it had given up'));
  stop?.();
  assert.equal(config.isAbsent('shop/a:80'), false, 'nobody has said so yet');
  config.apply(update('Outbound', {}, 'shop/a:80'));
  assert.equal(config.isAbsent('shop/a:80'), true);
  assert.deepEqual(answers.splice(0), [undefined]);
  assert.equal(
    config.outbound('shop/a:80', (outbound) => answers.push(outbound)),
    undefined,
  );
  assert.deepEqual(answers, [undefined]);
});

test('a destination that changed serves in its former form until its new cluster is known', () => {
  const { store: config } = store();
  config.apply(update('Cluster', { a: {} }));
  config.apply(update('Endpoints', { a: ENDPOINTS }));
  config.apply(update('Outbound', { 'shop/a:80': ROUTE }));
  const former = config.current.outbounds.get('shop/a:80');
  const next = { protocol: 'http', rules: [{ backends: [{ cluster: 'b' }] }] };
  config.apply(update('Outbound', { 'shop/a:80': next }));
  assert.equal(config.current.outbounds.get('shop/a:80'), former);
  config.apply(update('Cluster', {}, 'b'));
  assert.equal(config.current.outbounds.get('shop/a:80')?.config.rules[0]?.backends[0]?.cluster, 'b');
});

test('a resource that can not be read is refused with its field, and the last good one serves', () => {
  const { store: config } = store();
  config.apply(update('Cluster', { a: {} }));
  config.apply(update('Endpoints', { a: ENDPOINTS }));
  assert.deepEqual(config.apply(update('Outbound', { 'shop/a:80': ROUTE })), []);
  const good = config.current.outbounds.get('shop/a:80');
  const refusals = config.apply(
    update('Outbound', {
      'shop/a:80': { ...ROUTE, rules: [{ matches: [{ path: { kind: 'regex', value: '(' } }] }] },
      'shop/b:80': ROUTE,
    }),
  );
  assert.deepEqual(
    refusals.map(({ type, name, field }) => ({ type, name, field })),
    [{ type: 'Outbound', name: 'shop/a:80', field: 'rules[0].matches[0].path.value' }],
  );
  assert.equal(config.current.outbounds.get('shop/a:80')?.config, good?.config);
  assert.ok(config.current.outbounds.has('shop/b:80'), 'the others of the update are taken');
});

test('a destination of which there never was a good form is refused, not waited for', () => {
  const { store: config } = store();
  const answers: (RuntimeOutbound | undefined)[] = [];
  config.outbound('shop/a:80', (outbound) => answers.push(outbound));
  config.apply(update('Outbound', { 'shop/a:80': { protocol: 'carrier pigeon' } }));
  assert.match(String(answers[0]?.config.invalid), /^the configuration can not be used: protocol: has to be/);
});

test('a cluster that can not be read counts as one that does not exist', () => {
  const { store: config } = store();
  config.apply(update('Outbound', { 'shop/a:80': ROUTE }));
  config.apply(update('Cluster', { a: { balancer: 'dice' } }));
  assert.ok(config.current.outbounds.has('shop/a:80'));
  assert.equal(config.cluster('a'), undefined);
});

test('a workload whose Inbound is taken away serves nothing, and every change is published', () => {
  const { store: config, published } = store();
  config.apply(update('Inbound', { 'shop/app-0': { ports: [{ port: 8080, app: { port: 1 } }] } }));
  assert.ok(config.current.inbound?.ports.has(8080));
  config.apply(update('Inbound', {}, 'shop/app-0'));
  assert.equal(config.current.inbound, undefined);
  assert.equal(published.length, 2);
  assert.equal(published.at(-1), config.current);
});

const TO = (cluster: string) => ({ protocol: 'http', rules: [{ backends: [{ cluster }] }] });

test('a cluster that no destination names any more is given up after a while, and asked for again when one does', async () => {
  const givenUp: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { store: config, asked } = store({
    unusedClusterMs: 20,
    onGivenUp: (name) => void (givenUp.push(name) === 2 && resolve()),
  });
  config.apply(update('Cluster', { a: {}, b: {} }));
  config.apply(update('Endpoints', { a: ENDPOINTS, b: ENDPOINTS }));
  config.apply(update('Outbound', { 'shop/a:80': TO('a'), 'shop/b:80': TO('b'), 'shop/c:80': TO('b') }));
  const [upstream] = config.cluster('a')?.endpoints ?? [];
  assert.ok(upstream);

  config.apply(update('Outbound', { 'shop/a:80': TO('b'), 'shop/b:80': TO('gone') }));
  assert.ok(config.cluster('a'), 'what is on its way may still need it');
  await promise;
  assert.deepEqual(givenUp, ['Cluster a', 'Endpoints a']);
  assert.equal(config.cluster('a'), undefined);
  assert.ok(config.cluster('b'));

  asked.splice(0);
  config.apply(update('Outbound', { 'shop/a:80': TO('a') }));
  assert.deepEqual(asked, ['Cluster a', 'Endpoints a']);
  config.close();
});

test('a cluster that is named again in time, or still serves while its successor is waited for, stays', async () => {
  const givenUp: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { store: config } = store({
    unusedClusterMs: 20,
    onGivenUp: (name) => {
      givenUp.push(name);
      if (name === 'Endpoints marker') resolve();
    },
  });
  config.apply(update('Cluster', { a: {}, b: {}, marker: {} }));
  config.apply(update('Endpoints', { a: ENDPOINTS, b: ENDPOINTS, marker: ENDPOINTS }));
  config.apply(update('Outbound', { 'shop/a:80': TO('a'), 'shop/b:80': TO('b'), 'shop/m:80': TO('marker') }));
  // `b` is left for a cluster that never comes, so that it goes on serving; `a` is left and taken up again.
  config.apply(update('Outbound', { 'shop/a:80': TO('b'), 'shop/b:80': TO('slow') }));
  config.apply(update('Outbound', { 'shop/a:80': TO('a') }, 'shop/m:80'));
  await promise;
  assert.deepEqual(givenUp, ['Cluster marker', 'Endpoints marker']);
  assert.ok(config.cluster('a'));
  assert.ok(config.cluster('b'));
  config.close();
});
