import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localListeners, podObject } from './pod-object.ts';
import { allPorts, planBootstrap, planEnvironment, planPod } from './pod-plan.ts';
import type { LocalWorkload } from './workload.ts';

const WORKLOAD = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  namespace: 'shop',
  name: 'web',
  replicas: 1,
  revision: 'a',
  template: {
    labels: { app: 'shopfront', version: 'v3' },
    annotations: { note: 'kept' },
    serviceAccount: 'web',
    container: 'web',
    ports: [{ name: 'http-main', containerPort: 8080 }, { containerPort: 9090 }],
  },
} as unknown as LocalWorkload;

const SERVICES = [
  {
    namespace: 'shop',
    service: 'reviews',
    name: 'http',
    port: 80,
    targetPort: 8080,
    selector: { app: 'reviews' },
  },
  { namespace: 'other', service: 'stock', port: 7070, targetPort: 7070, selector: { app: 'shopfront' } },
];

/** Ports 20001, 20002 … in the order in which they are asked for. */
function plan() {
  let port = 20_000;
  return planPod(WORKLOAD, 1, SERVICES, async () => ++port);
}

test('a replica has two ports for each container port, a listener for each Service of its namespace, three of its own', async () => {
  const planned = await plan();
  assert.equal(planned.pod, 'web-1');
  assert.deepEqual(planned.ports, [
    { name: 'http-main', containerPort: 8080, sidecar: 20001, process: 20002 },
    { containerPort: 9090, sidecar: 20003, process: 20004 },
  ]);
  assert.deepEqual(planned.services, [
    { namespace: 'shop', service: 'reviews', name: 'http', port: 80, listenerPort: 20005 },
  ]);
  assert.deepEqual(planned.admin, { admin: 20006, metrics: 20007, health: 20008 });
  assert.equal(new Set(allPorts(planned)).size, 8);
});

test('a port that only a Service names is exposed too', async () => {
  const selector = { app: 'shopfront' };
  const admin = { namespace: 'shop', service: 'web-admin', port: 80, targetPort: 7000, selector };
  const planned = await planPod(WORKLOAD, 0, [admin, { ...admin, targetPort: 8080 }], async () => 1);
  assert.deepEqual(
    planned.ports.map(({ containerPort }) => containerPort),
    [8080, 9090, 7000],
  );
});

test('the process finds its own ports and the Services in its environment', async () => {
  assert.deepEqual(planEnvironment(await plan()), {
    PORT: '20002',
    PORT_HTTP_MAIN: '20002',
    REVIEWS_SERVICE_HOST: '127.0.0.1',
    REVIEWS_SERVICE_PORT: '20005',
    REVIEWS_SERVICE_PORT_HTTP: '20005',
  });
});

test('the bootstrap names the workload and every listener', async () => {
  const files = { controlPlane: '127.0.0.1:15012', rootsFile: 'r', tokenFile: 't', cacheDir: 'c' };
  const bootstrap = planBootstrap(await plan(), WORKLOAD, files);
  assert.deepEqual(bootstrap.node, {
    id: 'shop/web-1',
    workload: { namespace: 'shop', name: 'web', app: 'shopfront', version: 'v3', pod: 'web-1' },
    serviceAccount: 'web',
  });
  const address = '127.0.0.1';
  assert.deepEqual(bootstrap.listeners, [
    { name: 'inbound-8080', address, port: 20001, inbound: 8080 },
    { name: 'inbound-9090', address, port: 20003, inbound: 9090 },
    { name: 'outbound-shop/reviews:80', address, port: 20005, outbound: 'shop/reviews:80' },
  ]);
});

test('the Pod says where peers reach it, whose it is, and whether it is ready', async () => {
  const planned = await plan();
  const created = '2026-11-21T00:00:00.000Z';
  const pod = podObject(WORKLOAD, planned, { phase: 'Running', ready: true, restarts: 0, created });
  assert.equal(pod.metadata.annotations?.['weft.dev/local-ports'], '{"8080":20001,"9090":20003}');
  assert.equal(pod.metadata.annotations?.['weft.dev/local-app-ports'], '{"8080":20002,"9090":20004}');
  assert.equal(pod.metadata.annotations?.['note'], 'kept');
  assert.deepEqual(pod.metadata.ownerReferences, [
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
  ]);
  assert.equal(localListeners(pod.metadata).length, 3);
  assert.deepEqual((pod.status as { conditions: unknown }).conditions, [{ type: 'Ready', status: 'True' }]);
  const crashed = {
    phase: 'Pending',
    ready: false,
    reason: 'CrashLoopBackOff',
    message: 'exit code 1',
  } as const;
  const down = podObject(WORKLOAD, planned, { ...crashed, restarts: 2, created, deleted: created });
  assert.equal(down.metadata.deletionTimestamp, created);
  assert.deepEqual((down.status as { conditions: unknown }).conditions, [
    { type: 'Ready', status: 'False', reason: 'CrashLoopBackOff', message: 'exit code 1' },
  ]);
});
