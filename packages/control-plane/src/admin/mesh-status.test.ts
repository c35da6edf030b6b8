import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyStatus } from '@weft/api/control-plane-api';
import type { Pod } from '@weft/api/kinds/pod';
import { parseManifest } from '@weft/api/manifest/parse';
import { compileMesh } from '../compile/mesh.ts';
import { meshStatus } from './mesh-status.ts';

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: catalog, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: catalog}}
  template:
    metadata: {labels: {app: catalog, version: v7}}
    spec: {containers: [{name: app}]}
---
apiVersion: v1
kind: Service
metadata: {name: catalog, namespace: shop}
spec: {selector: {app: catalog}, ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: catalog, namespace: shop}
spec:
  parentRefs: [{group: '', kind: Service, name: catalog}]
  rules: [{backendRefs: [{name: catalog, port: 80}]}]
---
apiVersion: weft.dev/v1alpha1
kind: AuthorizationPolicy
metadata: {name: nobody, namespace: shop}
spec:
  targetRefs: [{group: '', kind: Service, name: catalog}]
  action: DENY
  rules: [{to: [{methods: [DELETE]}]}]
`;

function pod(name: string, condition: string, more = ''): string {
  return `---
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: shop
  labels: {app: catalog, version: v7}
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: catalog}]
  ${more}
spec: {containers: [{name: app}]}
status: {podIP: 127.0.0.1, conditions: [{type: Ready, ${condition}}]}
`;
}

const CRASHED = "status: 'False', reason: CrashLoopBackOff, message: 'exit code 1, restart 3 in 8 s'";
const NOW = '2026-01-01T00:00:00.000Z';

function proxy(id: string, connected: boolean): ProxyStatus {
  return { id, connected, since: NOW, subscribed: 0, acked: 0, synced: true, nacks: [] };
}

function statusOf(text: string, proxies: readonly ProxyStatus[]) {
  const resources = parseManifest(text, 'shop.yaml').entries.flatMap(({ resource }) => resource ?? []);
  const mesh = compileMesh({ resources, diagnostics: [] });
  return meshStatus({
    version: '1.2.3',
    provider: { kind: 'file', source: 'shop', lastChange: NOW },
    model: mesh.model,
    diagnostics: mesh.diagnostics,
    proxies,
    pods: resources.map(({ resource }) => resource as unknown as Pod).filter(({ kind }) => kind === 'Pod'),
  });
}

test('the status counts what there is and says what is wrong with replicas', () => {
  const text =
    DEPLOYMENT +
    pod('catalog-0', "status: 'True'") +
    pod('catalog-1', CRASHED) +
    pod('catalog-2', CRASHED) +
    pod('catalog-3', "status: 'False', reason: Terminating", `deletionTimestamp: '${NOW}'`);
  assert.deepEqual(statusOf(text, [proxy('shop/catalog-0', true), proxy('shop/catalog-1', false)]), {
    version: '1.2.3',
    trustDomain: 'cluster.local',
    provider: { kind: 'file', source: 'shop', lastChange: NOW },
    counts: { services: 1, workloads: 1, routes: 1, policies: 1, proxies: 1 },
    diagnostics: [],
    workloads: [
      {
        namespace: 'shop',
        name: 'catalog',
        version: 'v7',
        replicas: 3,
        ready: 1,
        proxies: 1,
        message: 'CrashLoopBackOff: exit code 1, restart 3 in 8 s',
      },
    ],
  });
});

test('a workload without problems has no message', () => {
  const [workload] = statusOf(DEPLOYMENT, []).workloads;
  assert.deepEqual(workload, {
    namespace: 'shop',
    name: 'catalog',
    version: 'v7',
    replicas: 3,
    ready: 0,
    proxies: 0,
  });
});
