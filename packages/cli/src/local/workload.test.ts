import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from '@weft/api/manifest/parse';
import { readWorkloads } from './workload.ts';

/** Reads one Deployment whose pod spec is given as YAML lines, indented by six. */
function read(podSpec: string, metadata = '') {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata:
      labels: { app: web, version: v3 }
${metadata}    spec:
${podSpec}`;
  const { entries } = parseManifest(text, 'shop/web.yaml');
  const resources = entries.flatMap(({ resource }) => resource ?? []);
  assert.equal(resources.length, 1, JSON.stringify(entries.flatMap(({ diagnostics }) => diagnostics)));
  const { workloads, diagnostics } = readWorkloads(resources, '/home/ann');
  assert.ok(workloads[0]);
  return { workload: workloads[0], diagnostics };
}

const PLAIN = `      serviceAccountName: shopkeeper
      containers:
        - name: web
          image: shop/web:1
          workingDir: /srv
          command: [node, web.ts]
          args: [--fast]
          ports: [{ name: http, containerPort: 8080 }, { containerPort: 53, protocol: UDP }]
`;

test('a Deployment becomes a workload whose command runs in the folder of its manifest', () => {
  const { workload, diagnostics } = read(PLAIN);
  const { template } = workload;
  assert.deepEqual(diagnostics, []);
  assert.equal(workload.replicas, 2);
  assert.equal(template.serviceAccount, 'shopkeeper');
  assert.deepEqual(template.command, ['node', 'web.ts', '--fast']);
  assert.equal(template.workingDirectory, '/home/ann/shop');
  assert.deepEqual(
    template.ports.map(({ name, containerPort }) => [name, containerPort]),
    [['http', 8080]],
  );
});

test('the annotation names another command, for the shell', () => {
  const { workload } = read(PLAIN, '      annotations: { weft.dev/local-command: "npm start" }\n');
  assert.deepEqual(workload.template.command, ['/bin/sh', '-c', 'npm start']);
});

test('without a command the template says where one is missing', () => {
  const { workload } = read('      containers: [{ name: web, image: nginx, args: [-v] }]\n');
  const { problem } = workload.template;
  assert.equal(workload.template.command, undefined);
  assert.equal(problem?.reason, 'NoCommand');
  assert.equal(problem?.file, 'shop/web.yaml');
  assert.equal(problem?.line, 11);
  assert.match(problem?.message ?? '', /weft\.dev\/local-command/);
});

test('what has no effect locally is said', () => {
  const { diagnostics } = read(`      initContainers: [{ name: prepare, command: ['true'] }]
      containers: [{ name: web, command: [web] }, { name: logger, command: [tail] }]
`);
  assert.deepEqual(
    diagnostics.map(({ severity, field, line }) => [severity, field, line]),
    [
      ['warning', 'spec.template.spec.containers[1]', 12],
      ['warning', 'spec.template.spec.initContainers', 11],
    ],
  );
});

test('the revision changes with the pod template and not with the number of replicas', () => {
  const before = read(PLAIN).workload.revision;
  assert.equal(read(PLAIN).workload.revision, before);
  assert.notEqual(read(PLAIN.replace('--fast', '--slow')).workload.revision, before);
});
