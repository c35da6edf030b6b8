import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL_PORTS_ANNOTATION } from '@weft/api/annotation';
import type { EndpointSlice } from '@weft/api/kinds/endpoint-slice';
import type { Pod } from '@weft/api/kinds/pod';
import { parseManifest } from '@weft/api/manifest/parse';
import type { ResourceSet } from '../provider.ts';
import { LocalCluster } from './local-cluster.ts';
import { readPods } from './pods.ts';

const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec:
  selector: {app: shop}
  ports:
    - {name: http, port: 80, targetPort: http, appProtocol: http}
    - {name: admin, port: 9000}
    - {name: none, port: 1, targetPort: unknown}
`;

function read(text: string): ResourceSet {
  const { entries } = parseManifest(text, 'a.yaml');
  return { resources: entries.flatMap(({ resource }) => resource ?? []), diagnostics: [] };
}

interface PodOptions {
  readonly labels?: Record<string, string>;
  readonly ready?: boolean;
  readonly deleted?: boolean;
  readonly phase?: string;
  readonly address?: string;
  readonly localPorts?: Record<string, number>;
}

function pod(name: string, options: PodOptions = {}): Pod {
  const { labels = { app: 'shop' }, ready = true, deleted = false, phase = 'Running', localPorts } = options;
  const report = readPods([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'web',
        labels,
        ...(localPorts ? { annotations: { [LOCAL_PORTS_ANNOTATION]: JSON.stringify(localPorts) } } : {}),
        ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
      },
      spec: {
        serviceAccountName: 'shop',
        containers: [{ name: 'shop', ports: [{ name: 'http', containerPort: 8080 }] }],
      },
      status: {
        phase,
        podIP: options.address ?? '127.0.0.1',
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    },
  ]);
  assert.ok(report.kind === 'pods');
  return report.pods[0] as Pod;
}

function slices(set: ResourceSet): EndpointSlice[] {
  return set.resources
    .map(({ resource }) => resource)
    .filter(({ kind }) => kind === 'EndpointSlice') as unknown as EndpointSlice[];
}

function slicesOf(options: PodOptions): EndpointSlice[] {
  return slices(new LocalCluster().complete(read(SERVICE), [pod('a', options)]));
}

test('each Pod of a Service gets a slice with the ports that peers dial', () => {
  const set = new LocalCluster().complete(read(SERVICE), [
    pod('shop-a', { localPorts: { '8080': 41_001 } }),
    pod('shop-b', { localPorts: { '8080': 41_002, '9000': 41_003 } }),
    pod('other', { labels: { app: 'other' } }),
  ]);
  assert.deepEqual(
    slices(set).map(({ metadata, ports }) => ({
      name: metadata.name,
      labels: metadata.labels,
      ports: ports.map(({ name, port, appProtocol }) => [name, port, appProtocol]),
    })),
    [
      {
        name: 'shop-shop-a',
        labels: { 'kubernetes.io/service-name': 'shop' },
        ports: [
          ['http', 41_001, 'http'],
          ['admin', 9000, undefined],
        ],
      },
      {
        name: 'shop-shop-b',
        labels: { 'kubernetes.io/service-name': 'shop' },
        ports: [
          ['http', 41_002, 'http'],
          ['admin', 41_003, undefined],
        ],
      },
    ],
  );
});

test('readiness and deletion become the conditions of the endpoint', () => {
  const conditions = (options: PodOptions, service = SERVICE) =>
    slices(new LocalCluster().complete(read(service), [pod('a', options)]))[0]?.endpoints[0]?.conditions;
  assert.deepEqual(conditions({}), { ready: true, serving: true, terminating: false });
  assert.deepEqual(conditions({ ready: false }), { ready: false, serving: false, terminating: false });
  assert.deepEqual(conditions({ deleted: true }), { ready: false, serving: true, terminating: true });
  const published = `${SERVICE}  publishNotReadyAddresses: true\n`;
  assert.deepEqual(conditions({ ready: false }, published), {
    ready: true,
    serving: false,
    terminating: false,
  });
});

test('Pods that ended or have no address are no endpoints; IPv6 is told', () => {
  assert.deepEqual(slicesOf({ phase: 'Failed' }), []);
  assert.deepEqual(slicesOf({ phase: 'Succeeded' }), []);
  assert.equal(slicesOf({ address: '::1' })[0]?.addressType, 'IPv6');
});

test('a Service without a selector keeps the slices that were written for it, and gets none', () => {
  const written = `
apiVersion: v1
kind: Service
metadata: {name: db, namespace: web}
spec: {ports: [{port: 5432}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, namespace: web, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
ports: [{port: 5432}]
endpoints: [{addresses: [10.0.0.1]}]
`;
  const set = new LocalCluster().complete(read(written), [pod('a')]);
  assert.deepEqual(
    slices(set).map(({ metadata }) => metadata.name),
    ['db-1'],
  );
});

test('Namespaces and ServiceAccounts that are used but not written are implied', () => {
  const written = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop, namespace: web}\n';
  const set = new LocalCluster().complete(read(`${SERVICE}---\n${written}`), [pod('a')]);
  const implied = set.resources
    .map(({ resource: { kind, metadata } }) => `${kind}/${metadata.namespace}/${metadata.name}`)
    .filter((ref) => /^(Namespace|ServiceAccount)/.test(ref));
  assert.deepEqual(implied, [
    'ServiceAccount/web/shop',
    'Namespace/undefined/web',
    'ServiceAccount/web/default',
  ]);
});

test('what is made again with the same content is the same reference', () => {
  const cluster = new LocalCluster();
  const written = read(SERVICE);
  const first = cluster.complete(written, [pod('a'), pod('b')]);
  const same = cluster.complete(written, [pod('a'), pod('b')]);
  assert.ok(first.resources.every((resource, index) => resource === same.resources[index]));
  const changed = cluster.complete(written, [pod('a'), pod('b', { ready: false })]);
  const kept = changed.resources.filter((resource) => first.resources.includes(resource));
  assert.equal(changed.resources.length - kept.length, 2, 'the Pod and its slice');
});

test('a Pod that runs stands for the written one of the same name', () => {
  const written = `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: web, labels: {app: shop}}
spec: {containers: [{name: a}]}
`;
  const set = new LocalCluster().complete(read(`${SERVICE}---${written}`), [pod('a')]);
  const pods = set.resources.filter(({ resource }) => resource.kind === 'Pod');
  assert.equal(pods.length, 1);
  assert.equal(slices(set).length, 1);
});
