import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from '@weft/api/manifest/parse';
import { compileMesh, type Mesh } from '../compile/mesh.ts';
import { servedWorkloads } from './served.ts';

function mesh(text: string): Mesh {
  const { entries } = parseManifest(text, 'mesh.yaml');
  assert.deepEqual(
    entries.flatMap(({ diagnostics }) => diagnostics),
    [],
  );
  return compileMesh({ resources: entries.flatMap(({ resource }) => resource ?? []), diagnostics: [] });
}

function pod(name: string, workload: string, version: string, ready: boolean): string {
  return `---
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: shop
  labels: {app: reviews, version: ${version}}
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: ${workload}}]
spec: {containers: [{name: app}]}
status: {podIP: 127.0.0.1, conditions: [{type: Ready, status: '${ready ? 'True' : 'False'}'}]}
`;
}

const SERVICES = `
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {selector: {app: reviews}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: blog}
spec: {selector: {app: reviews}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews-v2, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: reviews, version: v2}}
  template:
    metadata: {labels: {app: reviews, version: v2}}
    spec: {containers: [{name: app}]}
`;

test('each workload behind a Service has an entry for each version of its instances', () => {
  const { model } = mesh(
    SERVICES +
      pod('reviews-v2-0', 'reviews-v2', 'v2', true) +
      pod('reviews-v2-1', 'reviews-v2', 'v2', false) +
      pod('reviews-v2-old', 'reviews-v2', 'v1', true) +
      pod('other-0', 'other', 'v1', true),
  );
  const reviews = { namespace: 'shop', service: 'reviews' };
  assert.deepEqual(servedWorkloads(model), [
    { ...reviews, workload: 'reviews-v2', version: 'v2', replicas: 3, ready: 1 },
    { ...reviews, workload: 'reviews-v2', version: 'v1', replicas: 1, ready: 1 },
    { ...reviews, workload: 'other', version: 'v1', replicas: 1, ready: 1 },
  ]);
});

test('a Service without Pods has none', () => {
  assert.deepEqual(servedWorkloads(mesh(SERVICES).model), []);
});
