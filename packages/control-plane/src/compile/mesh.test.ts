// What happens to configuration and status when the mesh changes. Each step is a whole new text of the manifests.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import type { ResourceType, ResourceTypes, Trust } from '@weft/api/proxy-config/types';
import { EMPTY_STATE, nextState } from '../provider/file/last-good.ts';
import { LocalCluster } from '../provider/file/local-cluster.ts';
import { Mesh, type MeshOptions } from './mesh.ts';

const CLIENT = { id: 'shop/web-0', namespace: 'shop' };

const service = (name: string, namespace = 'shop') => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: 8080 }] }`;

const pod = (name: string, app: string, ready = true) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { app: ${app} }, annotations: { weft.dev/meshed: "true" } }
spec: { serviceAccountName: ${app}, containers: [{ name: app, ports: [{ containerPort: 8080 }] }] }
status: { podIP: 127.0.0.1, conditions: [{ type: Ready, status: "${ready ? 'True' : 'False'}" }] }`;

const route = (to: string, backend: string, namespace = 'shop') => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${to}, namespace: ${namespace} }
spec:
  parentRefs: [{ group: "", kind: Service, namespace: shop, name: ${to} }]
  rules: [{ backendRefs: [{ namespace: shop, name: ${backend}, port: 80 }] }]`;

const authorization = (method: string) => `
apiVersion: weft.dev/v1alpha1
kind: AuthorizationPolicy
metadata: { name: web, namespace: shop }
spec: { rules: [{ to: [{ methods: ["${method}"] }] }] }`;

const meshConfig = (trustDomain: string) => `
apiVersion: weft.dev/v1alpha1
kind: MeshConfig
metadata: { name: default }
spec: { trustDomain: ${trustDomain} }`;

/** A mesh that follows one file, as the file provider would hand it over. */
function follow(options: MeshOptions = {}) {
  const mesh = new Mesh(options);
  const cluster = new LocalCluster();
  let state = EMPTY_STATE;
  const write = (...documents: string[]): void => {
    state = nextState(state, [{ path: 'mesh.yaml', text: documents.join('\n---') }]);
    mesh.update(cluster.complete(state.set, []));
  };
  const get = <T extends ResourceType>(type: T, name: string, client = CLIENT): ResourceTypes[T] => {
    const resource = mesh.resource(type, name, client);
    assert.ok(resource, `${type} ${name} does not exist`);
    return resource;
  };
  return { mesh, write, get };
}

const namesOf = (resources: readonly { readonly name: string }[]) => resources.map(({ name }) => name);

test('what a change does not touch stays the same object', () => {
  const { write, get, mesh } = follow();
  const manifests = [service('a'), service('b'), pod('a-0', 'a'), pod('web-0', 'web'), route('a', 'b')];
  write(...manifests);
  const names = (['Outbound', 'Cluster', 'Endpoints', 'Inbound', 'Telemetry'] as const).flatMap((type) =>
    mesh.names(type, CLIENT).map((name) => [type, name] as const),
  );
  const before = names.map(([type, name]) => get(type, name));
  assert.equal(before.length, 8);

  write(...manifests, service('c'), route('c', 'a'), pod('a-1', 'a'));
  const changed = names.filter(([type, name], index) => get(type, name) !== before[index]);
  assert.deepEqual(changed, [['Endpoints', 'shop/a:80']]);
});

test('a Pod that is not ready any more leaves the endpoints of its Service, and nothing else changes', () => {
  const { write, get } = follow();
  write(service('a'), pod('a-0', 'a'), pod('a-1', 'a'));
  const outbound = get('Outbound', 'shop/a:80');
  assert.equal(get('Endpoints', 'shop/a:80').endpoints.length, 2);
  write(service('a'), pod('a-0', 'a', false), pod('a-1', 'a'));
  assert.deepEqual(
    get('Endpoints', 'shop/a:80').endpoints.map((endpoint) => endpoint.workload?.pod),
    ['a-1'],
  );
  assert.equal(get('Outbound', 'shop/a:80'), outbound);
});

test('a backend that appears later is found, and refused again when it goes', () => {
  const { write, get, mesh } = follow();
  const isInvalid = () => get('Outbound', 'shop/a:80').rules[0]?.backends[0]?.invalid !== undefined;
  write(service('a'), route('a', 'b'));
  assert.equal(isInvalid(), true);
  assert.deepEqual(
    mesh.diagnostics.map(({ reason }) => reason),
    ['BackendNotFound'],
  );
  write(service('a'), route('a', 'b'), service('b'));
  assert.equal(isInvalid(), false);
  assert.deepEqual(mesh.diagnostics, []);
  write(service('a'), route('a', 'b'));
  assert.equal(isInvalid(), true);
});

test('a Service that is deleted is gone for every client, and its name comes back with it', () => {
  const { write, mesh } = follow();
  write(service('a'));
  assert.ok(mesh.resource('Cluster', 'shop/a:80', CLIENT));
  write(service('b'));
  assert.equal(mesh.resource('Cluster', 'shop/a:80', CLIENT), undefined);
  assert.equal(mesh.resource('Outbound', 'shop/a:80', CLIENT), undefined);
  assert.deepEqual(mesh.names('Outbound', CLIENT), ['shop/b:80']);
  write(service('a'));
  assert.ok(mesh.resource('Cluster', 'shop/a:80', CLIENT));
});

test('a consumer route that comes and goes changes the view of its namespace alone', () => {
  const { write, get } = follow();
  const tools = { id: 'tools/spider', namespace: 'tools' };
  const elsewhere = { id: 'elsewhere/somebody', namespace: 'elsewhere' };
  write(service('a'));
  const plain = get('Outbound', 'shop/a:80');
  assert.equal(get('Outbound', 'shop/a:80', tools), plain);

  write(service('a'), route('a', 'a', 'tools'));
  assert.equal(get('Outbound', 'shop/a:80', tools).rules[0]?.ref, 'HTTPRoute/tools/a');
  assert.equal(get('Outbound', 'shop/a:80'), plain);
  assert.equal(get('Outbound', 'shop/a:80', elsewhere), plain);

  write(service('a'));
  assert.equal(get('Outbound', 'shop/a:80', tools), plain);
});

const grpcRoute = `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: a, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: a }]
  rules: [{ backendRefs: [{ name: a, port: 80 }] }]`;

test('a route of a stronger kind takes the port from the one before, and gives it back when it goes', () => {
  const { write, get, mesh } = follow();
  const status = () =>
    mesh.diagnostics
      .map(({ object, reason }) => `${object} ${reason}`)
      .filter((line) => line.startsWith('HTTPRoute'));
  write(service('a'), route('a', 'a'));
  assert.equal(get('Outbound', 'shop/a:80').rules[0]?.ref, 'HTTPRoute/shop/a');
  assert.deepEqual(status(), []);
  write(service('a'), route('a', 'a'), grpcRoute);
  assert.deepEqual(
    get('Outbound', 'shop/a:80').rules.map(({ ref }) => ref),
    ['GRPCRoute/shop/a'],
  );
  assert.deepEqual(status(), ['HTTPRoute/shop/a Conflicted']);
  write(service('a'), route('a', 'a'));
  assert.equal(get('Outbound', 'shop/a:80').rules[0]?.ref, 'HTTPRoute/shop/a');
  assert.deepEqual(status(), []);
});

test('roots that come later are used, and a policy without roots sends nothing again when they go', () => {
  const { write, get, mesh } = follow();
  const policy = `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: a, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: a }]
  validation: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: roots }], hostname: a.example.com }`;
  const pem = rootCertificates[0] ?? assert.fail('this Node has no roots');
  const roots = `
apiVersion: v1
kind: ConfigMap
metadata: { name: roots, namespace: shop }
data: { ca.crt: ${JSON.stringify(pem)} }`;
  const isInvalid = () => get('Cluster', 'shop/a:80').tls?.invalid !== undefined;
  const reasons = () => mesh.diagnostics.map(({ reason }) => reason);
  write(service('a'), policy);
  assert.equal(isInvalid(), true);
  assert.deepEqual(reasons(), ['InvalidCACertificateRef', 'NoValidCACertificate']);
  write(service('a'), policy, roots);
  assert.deepEqual(get('Cluster', 'shop/a:80').tls, {
    ref: 'BackendTLSPolicy/shop/a',
    hostname: 'a.example.com',
    roots: [`${pem.trim()}\n`],
  });
  assert.deepEqual(reasons(), []);
  write(service('a'), policy);
  assert.equal(isInvalid(), true);
  write(service('a'));
  assert.equal(get('Cluster', 'shop/a:80').tls, undefined);
});

test('plain text is asked for on a port as soon as a policy disables mTLS there', () => {
  const { write, get } = follow();
  const manifests = [service('a'), pod('a-0', 'a')];
  const identity = () => get('Endpoints', 'shop/a:80').endpoints[0]?.identity;
  write(...manifests);
  assert.equal(identity(), 'spiffe://cluster.local/ns/shop/sa/a');
  write(
    ...manifests,
    `
apiVersion: weft.dev/v1alpha1
kind: AuthenticationPolicy
metadata: { name: plain, namespace: shop }
spec: { mtls: { mode: DISABLE } }`,
  );
  assert.equal(identity(), undefined);
  write(...manifests);
  assert.equal(identity(), 'spiffe://cluster.local/ns/shop/sa/a');
});

test('an unreadable policy denies until it can be read, and what was good once stays in force', () => {
  const { write, get, mesh } = follow();
  const ruleSet = () => get('Inbound', 'shop/web-0').ports[0]?.authorization[0];
  write(pod('web-0', 'web'), authorization('get'));
  assert.match(ruleSet()?.invalid ?? '', /AuthorizationPolicy\/shop\/web could not be read: .*methods/);
  assert.equal(mesh.diagnostics.length, 1);

  write(pod('web-0', 'web'), authorization('GET'));
  const good = ruleSet();
  assert.deepEqual(good?.rules[0]?.to, [{ methods: ['GET'] }]);

  write(pod('web-0', 'web'), authorization('put'));
  assert.equal(ruleSet(), good);
  assert.equal(mesh.diagnostics.length, 1);
});

test('proxies that log alike are given one object', () => {
  const { write, get } = follow();
  write(pod('web-0', 'web'), pod('a-0', 'a'));
  assert.equal(
    get('Telemetry', 'telemetry'),
    get('Telemetry', 'telemetry', { id: 'shop/a-0', namespace: 'shop' }),
  );
});

test("a proxy's configuration is everything that it may ask for, and its own inbound", () => {
  const trust: Trust = { name: 'trust', trustDomain: 'example.org', roots: ['root'] };
  const { write, mesh } = follow({ trustDomain: 'example.org', trust });
  write(service('web'), service('a'), pod('web-0', 'web'), pod('a-0', 'a'));
  const config = mesh.proxyConfig('shop/web-0');
  assert.deepEqual(namesOf(config.outbounds), ['shop/web:80', 'shop/a:80']);
  assert.deepEqual(namesOf(config.clusters), ['shop/web:80', 'shop/a:80']);
  assert.deepEqual(namesOf(config.endpoints), ['shop/web:80', 'shop/a:80']);
  assert.equal(config.inbound?.name, 'shop/web-0');
  assert.equal(config.trust, trust);
  assert.equal(config.telemetry?.name, 'telemetry');
  assert.equal(mesh.proxyConfig('shop/nobody').inbound, undefined);

  const rotated: Trust = { ...trust, roots: ['root', 'next'] };
  mesh.setTrust(rotated);
  assert.equal(mesh.resource('Trust', 'trust', CLIENT), rotated);
});

test("the certificate authority's trust domain goes before the one in MeshConfig, which is told so", () => {
  const { write, get, mesh } = follow({ trustDomain: 'example.org' });
  write(service('a'), pod('a-0', 'a'), meshConfig('other.org'));
  assert.equal(get('Endpoints', 'shop/a:80').endpoints[0]?.identity, 'spiffe://example.org/ns/shop/sa/a');
  assert.deepEqual(
    mesh.diagnostics.map(({ object, reason, line, field }) => ({ object, reason, line, field })),
    [{ object: 'MeshConfig/default', reason: 'TrustDomainFixed', line: 16, field: 'spec.trustDomain' }],
  );
  write(service('a'), pod('a-0', 'a'), meshConfig('example.org'));
  assert.deepEqual(mesh.diagnostics, []);
});

test('a condition keeps its transition time until its status changes', () => {
  let second = 0;
  const { write, mesh } = follow({ now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, second++)) });
  const resolved = () => {
    const status = mesh.statusOf('HTTPRoute/shop/a');
    assert.ok(status && 'parents' in status);
    const condition = status.parents[0]?.conditions.find(({ type }) => type === 'ResolvedRefs');
    return `${condition?.status} since ${condition?.lastTransitionTime}`;
  };
  write(service('a'), route('a', 'b'));
  assert.equal(resolved(), 'False since 2026-01-01T00:00:00Z');
  write(service('a'), route('a', 'c'));
  assert.equal(resolved(), 'False since 2026-01-01T00:00:00Z');
  write(service('a'), route('a', 'a'));
  assert.equal(resolved(), 'True since 2026-01-01T00:00:02Z');
  write(service('a'), service('b'), route('a', 'b'));
  assert.equal(resolved(), 'True since 2026-01-01T00:00:02Z');
});

test('a diagnostic follows its object when that moves in the file', () => {
  const { write, mesh } = follow();
  write(service('a'), route('a', 'b'));
  const before = mesh.diagnostics[0]?.line ?? 0;
  write(service('a'), service('c'), route('a', 'b'));
  assert.equal(mesh.diagnostics[0]?.line, before + service('c').split('\n').length);
});

test('objects are shown as written, with their place and status', () => {
  const { write, mesh } = follow();
  write(service('a'), route('a', 'a'));
  const [stored] = mesh.objects({ kind: 'HTTPRoute', namespace: 'shop', name: 'a' });
  assert.equal(stored?.source, 'mesh.yaml:7');
  assert.equal(stored?.object.metadata.name, 'a');
  assert.deepEqual(stored?.object['status'], mesh.statusOf('HTTPRoute/shop/a'));
  assert.equal(mesh.objects({ namespace: 'nowhere' }).length, 0);
  assert.equal(mesh.statusOf('Service/shop/a'), undefined);
});

test('workloads are those that Deployments declare and those that only Pods tell of', () => {
  const { write, mesh } = follow();
  write(
    pod('lone', 'lone'),
    `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: app }] } }`,
    `
apiVersion: v1
kind: Pod
metadata:
  name: web-x
  namespace: shop
  labels: { app: web, pod-template-hash: 5d8f }
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web-5d8f }]
spec: { containers: [{ name: app }] }`,
  );
  assert.deepEqual(
    mesh.model
      .workloads()
      .map(({ workload, instances }) => [
        workload.kind,
        workload.name,
        workload.replicas,
        instances.map(({ name }) => name),
      ]),
    [
      ['Deployment', 'web', 2, ['web-x']],
      ['Pod', 'lone', undefined, ['lone']],
    ],
  );
  assert.equal(mesh.model.instances.size, 2);
  assert.equal(mesh.model.settings.mtls, 'PERMISSIVE');
});
