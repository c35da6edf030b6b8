// Configuration that changes under load: no request fails, no connection is dropped, and what can not be read changes
// nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceType } from '@weft/api/proxy-config/types';
import { call, received, startOrigin } from './http.ts';
import { startLoad } from './load.ts';
import { inboundConfig, outboundConfig, type Sidecar, startSidecar } from './sidecar.ts';

const RULES = [{ backends: [{ cluster: 'app' }] }];

function apply(sidecar: Sidecar, type: ResourceType, value: { readonly name: string }) {
  return sidecar.running.proxy.store.apply({
    type,
    resources: [{ name: value.name, version: String(Math.random()), value }],
    removed: [],
  });
}

/** Changes something every 20 ms for three seconds under the load of four clients. */
async function changeUnderLoad(port: number, change: (round: number) => void): Promise<void> {
  // POST, since the proxy does not send it again on its own account.
  const load = startLoad(port, { method: 'POST', body: 'hello' });
  await load.progress(20);
  const end = performance.now() + 3_000;
  for (let round = 0; performance.now() < end; round++) {
    change(round);
    await sleep(20);
  }
  await load.progress(20);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.equal(load.connections, 4, 'no connection was dropped');
}

test('routes, endpoints and clusters change on the way out', async () => {
  await using a = await startOrigin('a');
  await using b = await startOrigin('b');
  await using sidecar = await startSidecar(outboundConfig(RULES, { app: a.port, other: b.port }));
  const endpoint = ({ port }: { port: number }): object => ({ address: '127.0.0.1', port });
  const sets = [[endpoint(a)], [endpoint(b)], [endpoint(a), endpoint(b)]];
  const outbound = { name: 'shop/app:80', protocol: 'http' };
  await changeUnderLoad(sidecar.port('out'), (round) => {
    apply(sidecar, 'Endpoints', { name: 'app', endpoints: sets[round % 3] } as { name: string });
    if (round % 2 === 0) {
      const cluster = round % 4 === 0 ? 'other' : 'app';
      apply(sidecar, 'Outbound', { ...outbound, rules: [{ backends: [{ cluster }] }] } as { name: string });
    }
    if (round % 5 === 0) {
      const balancer = round % 10 === 0 ? 'round-robin' : 'random';
      apply(sidecar, 'Cluster', { name: 'app', balancer, connectTimeoutMs: 1_000 + round } as {
        name: string;
      });
    }
  });
  assert.ok(a.received.length > 0 && b.received.length > 0);
});

test('policies, modes and the application change on the way in', async () => {
  await using a = await startOrigin('a');
  await using b = await startOrigin('b');
  await using sidecar = await startSidecar(inboundConfig(a.port));
  await changeUnderLoad(sidecar.port('in'), (round) => {
    const port = {
      port: 8080,
      protocol: 'http',
      app: { port: round % 2 === 0 ? a.port : b.port },
      mtls: { mode: round % 3 === 0 ? 'DISABLE' : 'PERMISSIVE' },
      authorization: [
        {
          ref: `AuthorizationPolicy/shop/round-${round}`,
          action: 'ALLOW',
          rules: [{ to: [{ methods: ['POST'] }] }],
        },
      ],
    };
    apply(sidecar, 'Inbound', { name: 'shop/app-0', ports: [port] } as { name: string });
  });
  assert.ok(a.received.length > 0 && b.received.length > 0);
});

test('a change takes effect with the next request of a connection that is kept', async () => {
  await using a = await startOrigin('a');
  await using sidecar = await startSidecar(inboundConfig(a.port));
  const statuses: number[] = [];
  const load = startLoad(sidecar.port('in'), { clients: 1, onAnswer: ({ status }) => statuses.push(status) });
  await load.progress(5);
  const port = { port: 8080, protocol: 'http', app: { port: a.port } };
  const strict = { ...port, mtls: { mode: 'STRICT', ref: 'AuthenticationPolicy/shop/strict' } };
  apply(sidecar, 'Inbound', { name: 'shop/app-0', ports: [strict] } as { name: string });
  const { response_code_details: details } = await sidecar.nextLine((line) => line.response_code === 403);
  assert.equal(details, 'mtls_required[AuthenticationPolicy/shop/strict]');
  apply(sidecar, 'Inbound', { name: 'shop/app-0', ports: [port] } as { name: string });
  await load.progress(5);
  await load.stop();
  assert.equal(load.connections, 1);
});

test('what can not be read is refused with its field, and the last good configuration serves', async () => {
  await using a = await startOrigin('a');
  await using sidecar = await startSidecar(outboundConfig(RULES, { app: a.port }));
  const refusals = apply(sidecar, 'Outbound', {
    name: 'shop/app:80',
    protocol: 'http',
    rules: [{ backends: [{ cluster: 'app', weight: -1 }] }],
  } as { name: string });
  assert.deepEqual(
    refusals.map(({ type, name, field }) => ({ type, name, field })),
    [{ type: 'Outbound', name: 'shop/app:80', field: 'rules[0].backends[0].weight' }],
  );
  assert.equal((await received(sidecar.port('out'))).origin, 'a');
});

test('a workload whose Inbound is taken away refuses: what is open with 503, what is new at once', async () => {
  await using a = await startOrigin('a');
  await using sidecar = await startSidecar(inboundConfig(a.port));
  const port = sidecar.port('in');
  const load = startLoad(port, { clients: 1 });
  await load.progress(3);
  sidecar.running.proxy.store.apply({ type: 'Inbound', resources: [], removed: ['shop/app-0'] });
  const line = await sidecar.nextLine(({ response_flags }) => response_flags === 'NC');
  assert.equal(line.response_code, 503);
  assert.equal(line.response_code_details, 'inbound_not_found');
  await assert.rejects(call(port), { code: 'ECONNRESET' });
  assert.equal(sidecar.metric('weft_inbound_connections_refused_total', { reason: 'not_served' }), 1);
  await load.stop();
});
