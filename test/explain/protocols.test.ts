// From manifests to real connections: what TLSRoute, TCPRoute and BackendTLSPolicy say is what a real sidecar does with
// real TLS, and what explain says of it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { explain } from '@weft/cli/explain/explain';
import { readQuestion } from '@weft/cli/explain/question';
import { compiledSource } from '@weft/cli/explain/source';
import { compileMesh } from '@weft/control-plane/compile/mesh';
import type { CertificateAuthority } from '@weft/control-plane/identity/ca';
import { EMPTY_STATE, nextState } from '@weft/control-plane/provider/file/last-good';
import { LocalCluster } from '@weft/control-plane/provider/file/local-cluster';
import { TestCertificates } from '../mtls/certificates.ts';
import { call, startTcpOrigin } from '../proxy/http.ts';
import { type Sidecar, startSidecar } from '../proxy/sidecar.ts';
import { serving, startTlsOrigin } from '../tls/certificates.ts';

const CALLER = 'shop/front-0';

const POD = `
apiVersion: v1
kind: Pod
metadata: { name: front-0, namespace: shop, labels: { app: front }, annotations: { weft.dev/meshed: "true" } }
spec: { containers: [{ name: app }] }`;

/** A Service whose one endpoint is on loopback, outside of the mesh. */
function service(name: string, port: { readonly name: string; readonly port: number }, at: number): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ports: [${JSON.stringify(port)}] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, namespace: shop, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: ${port.name}, port: ${at} }]
endpoints: [{ addresses: [127.0.0.1] }]`;
}

/** The caller's sidecar under these manifests, and what explain says under the same. */
async function startMesh(...manifests: readonly string[]) {
  const { set: written } = nextState(EMPTY_STATE, [
    { path: 'mesh.yaml', text: [POD, ...manifests].join('\n---') },
  ]);
  const set = new LocalCluster().complete(written, []);
  const mesh = compileMesh(set);
  const { outbounds, clusters, endpoints } = mesh.proxyConfig(CALLER);
  const listeners = outbounds.map(({ name }) => ({ name, port: 0, outbound: name }));
  const sidecar = await startSidecar({ listeners, outbounds, clusters, endpoints });
  const ask = (method: string, url: string, extras: { readonly sni?: string } = {}) =>
    explain(compiledSource(mesh, set), readQuestion(method, url, { headers: [], ...extras }), {
      from: 'front-0',
    });
  return { sidecar, ask, [Symbol.asyncDispose]: () => sidecar[Symbol.asyncDispose]() };
}

/** What a TLS client is told; undefined where the connection is closed instead. */
async function tlsAnswer(port: number, options: ConnectionOptions): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  await closed(socket);
  return text === '' ? undefined : text;
}

async function answer(sidecar: Sidecar, destination: string): Promise<string> {
  const socket = connectTcp(sidecar.port(destination), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  await closed(socket);
  return text;
}

/** However it ends. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
}

interface Authority extends AsyncDisposable {
  readonly authority: CertificateAuthority;
  readonly roots: string;
}

async function openAuthority(): Promise<Authority> {
  const certificates = await TestCertificates.create();
  const authority = await certificates.otherAuthority();
  return {
    authority,
    roots: authority.roots.join(''),
    [Symbol.asyncDispose]: () => certificates[Symbol.asyncDispose](),
  };
}

test('a TLSRoute leads each server name to its Service, and refuses the others, as explain says', async () => {
  await using world = await openAuthority();
  const pair = await serving(world.authority, ['api.example.com']);
  await using api = await startTlsOrigin(pair, (socket) => socket.end('api'));
  await using rest = await startTlsOrigin(pair, (socket) => socket.end('rest'));
  const route = (name: string, hostname: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: { name: ${name}, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: edge }]
  hostnames: ["${hostname}"]
  rules: [{ backendRefs: [{ name: ${name}, port: 443 }] }]`;
  // The port is not declared: it is the routes that make it TLS.
  await using mesh = await startMesh(
    service('edge', { name: 'any', port: 443 }, 1),
    service('api', { name: 'tls', port: 443 }, api.port),
    service('rest', { name: 'any', port: 443 }, rest.port),
    route('api', 'api.example.com'),
    route('rest', '*.example.com'),
  );
  for (const [sni, expected] of [
    ['api.example.com', 'api'],
    ['API.example.com', 'api'],
    ['www.example.com', 'rest'],
    ['a.b.example.com', 'rest'],
    ['example.com', undefined],
    ['elsewhere.test', undefined],
    ['', undefined],
  ] as const) {
    const port = mesh.sidecar.port('shop/edge:443');
    assert.equal(await tlsAnswer(port, sni === '' ? {} : { servername: sni }), expected, sni);
    const { route, outcomes } = await mesh.ask('TCP', 'tls://edge:443', { sni });
    assert.equal(route?.winner?.ref, expected && `TLSRoute/shop/${expected}`, sni);
    assert.equal(outcomes[0]?.outcome.kind, expected === undefined ? 'closed' : 'connected', sni);
  }
});

test('a TCPRoute divides connections by weight, and refuses the share of what does not exist', async () => {
  await using origin = await startTcpOrigin((socket) => void socket.end('here'));
  await using mesh = await startMesh(
    service('db', { name: 'postgres', port: 5432 }, 1),
    service('db-v2', { name: 'postgres', port: 5432 }, origin.port),
    `
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: { name: db, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: db }]
  rules: [{ backendRefs: [{ name: db-v2, port: 5432 }, { name: gone, port: 5432 }] }]`,
  );
  const answers = await Promise.all(Array.from({ length: 60 }, () => answer(mesh.sidecar, 'shop/db:5432')));
  assert.deepEqual([...new Set(answers)].sort(), ['', 'here']);
  const { outcomes } = await mesh.ask('TCP', 'db:5432');
  assert.deepEqual(
    outcomes.map(({ share, outcome }) => [share, outcome.kind]),
    [
      [0.5, 'connected'],
      [0.5, 'closed'],
    ],
  );
});

test('a BackendTLSPolicy makes plain requests TLS with its name and roots, and wrong roots or none send nothing', async () => {
  await using world = await openAuthority();
  await using other = await openAuthority();
  const pair = await serving(world.authority, ['bank.example']);
  await using bank = await startTlsOrigin(pair, (socket) => {
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbank'),
    );
  });
  const policy = (name: string, roots: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${name} }]
  validation: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: ${roots} }], hostname: bank.example }`;
  const bundle = (name: string, pem: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: shop }
data: { ca.crt: ${JSON.stringify(pem)} }`;
  await using mesh = await startMesh(
    ...['good', 'wrong', 'rootless'].map((name) => service(name, { name: 'https', port: 443 }, bank.port)),
    policy('good', 'roots'),
    policy('wrong', 'others'),
    policy('rootless', 'absent'),
    bundle('roots', world.roots),
    bundle('others', other.roots),
  );
  const status = async (name: string): Promise<number> =>
    (await call(mesh.sidecar.port(`shop/${name}:443`))).status;

  assert.equal(await status('good'), 200);
  assert.deepEqual(bank.serverNames, ['bank.example']);
  assert.equal(await status('wrong'), 503);
  const before = bank.connections;
  assert.equal(await status('rootless'), 503);
  assert.equal(bank.serverNames.length, 1, 'nobody got through the handshake but the first');
  assert.ok(bank.connections >= before);

  const said = async (name: string) => (await mesh.ask('GET', `http://${name}:443/`)).outcomes[0]?.outcome;
  assert.equal((await said('good'))?.kind, 'answered');
  const refused = await said('rootless');
  assert.ok(refused?.kind === 'refused' && refused.status === 503);
  assert.match(refused.reason, /BackendTLSPolicy\/shop\/rootless can not be used/);
});

test('what the application encrypts itself is not encrypted again by a BackendTLSPolicy', async () => {
  await using world = await openAuthority();
  const pair = await serving(world.authority, ['bank.example']);
  await using bank = await startTlsOrigin(pair, (socket) => socket.end('bank'));
  await using mesh = await startMesh(
    service('bank', { name: 'https', port: 443 }, bank.port),
    `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: bank, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: bank }]
  validation: { wellKnownCACertificates: System, hostname: other.example }`,
  );
  const port = mesh.sidecar.port('shop/bank:443');
  const socket = connect({ host: '127.0.0.1', port, ca: world.roots, servername: 'bank.example' });
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  await once(socket, 'close');
  assert.equal(text, 'bank');
  assert.deepEqual(bank.serverNames, ['bank.example']);
  const { outcomes } = await mesh.ask('TCP', 'tls://bank:443', { sni: 'bank.example' });
  assert.equal(outcomes[0]?.outcome.kind, 'connected');
});
