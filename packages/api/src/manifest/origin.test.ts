import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceOrigin } from '../resource.ts';
import { parseManifest } from './parse.ts';

const text = `# a comment
apiVersion: v1
kind: Service
metadata:
  name: a
  annotations:
    weft.dev/note: hello
spec:
  ports:
    - port: 80
    - {name: b, port: 81}
---

kind: List
apiVersion: v1
items:
- apiVersion: v1
  kind: ServiceAccount
  metadata: &meta
    name: b
- kind: ServiceAccount
  apiVersion: v1
  metadata:
    <<: *meta
    name: c
`;

function origins(): ResourceOrigin[] {
  return parseManifest(text, 'a.yaml').entries.map((entry) => entry.origin);
}

function at(origin: ResourceOrigin | undefined, field: string): string {
  const { line, column } = (origin as ResourceOrigin).position(field);
  return `${line}:${column}`;
}

test('an object begins at its first key, also behind comments and inside of a List', () => {
  assert.deepEqual(
    origins().map(({ file, line }) => `${file}:${line}`),
    ['a.yaml:2', 'a.yaml:17', 'a.yaml:21'],
  );
});

test('a single value is found where it stands, a map or list at its key', () => {
  const [service] = origins();
  assert.equal(at(service, 'metadata.name'), '5:9');
  assert.equal(at(service, 'metadata.annotations["weft.dev/note"]'), '7:20');
  assert.equal(at(service, 'spec'), '8:1');
  assert.equal(at(service, 'spec.ports'), '9:3');
  assert.equal(at(service, 'spec.ports[0]'), '10:7');
  assert.equal(at(service, 'spec.ports[1].port'), '11:23');
});

test('a field that is not there is its nearest parent', () => {
  const [service, inList] = origins();
  assert.equal(at(service, 'spec.ports[1].targetPort'), '11:7');
  assert.equal(at(service, 'spec.ports[7].name'), '9:3');
  assert.equal(at(service, 'spec.type.x.y'), '8:1');
  assert.equal(at(inList, 'metadata.name'), '20:11');
  assert.equal(at(inList, 'spec'), '17:3');
});
