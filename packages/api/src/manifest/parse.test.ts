// Golden tests: each testdata/<case>.yaml and what is said about it, in testdata/<case>.txt.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Manifest, parseManifest } from './parse.ts';

const testdata = join(import.meta.dirname, 'testdata');

for (const file of readdirSync(testdata).filter((name) => /\.(yaml|json)$/.test(name))) {
  test(`the diagnostics of ${file} are as expected`, () => {
    const actual = print(parseManifest(readFileSync(join(testdata, file), 'utf8'), file));
    const golden = join(testdata, `${file}.txt`);
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, actual);
    assert.equal(actual, readFileSync(golden, 'utf8'));
  });
}

function print({ entries, isBroken }: Manifest): string {
  const lines = entries.flatMap(({ ref = '?', origin, resource, unreadable, diagnostics }) => [
    `${origin.line} ${ref} ${resource ? 'valid' : unreadable ? 'unreadable' : 'nothing'}`,
    ...diagnostics.map(
      ({ severity, reason, file, line, column, field, message }) =>
        `    ${file}:${line}:${column} ${severity} ${reason}${field === undefined ? '' : ` ${field}`}: ${message}`,
    ),
  ]);
  return `${[...lines, ...(isBroken ? ['broken'] : [])].join('\n')}\n`;
}

test('defaults are filled in', () => {
  const { entries } = parseManifest(
    `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  rules:
  - backendRefs: [{name: b, port: 80}]
`,
    'a.yaml',
  );
  assert.deepEqual(entries[0]?.resource?.resource, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'a', namespace: 'default' },
    spec: {
      parentRefs: [],
      hostnames: [],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          filters: [],
          backendRefs: [{ group: '', kind: 'Service', name: 'b', port: 80, weight: 1, filters: [] }],
        },
      ],
    },
  });
});

test('fields of Kubernetes kinds that Weft does not know are kept, empty ones are not', () => {
  const { entries } = parseManifest(
    `apiVersion: v1
kind: Service
metadata: {name: a, creationTimestamp: null}
spec: {sessionAffinity: None, selector: null}
status: {loadBalancer: {}}
`,
    'a.yaml',
  );
  assert.deepEqual(entries[0]?.resource?.resource, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a', namespace: 'default' },
    spec: { type: 'ClusterIP', ports: [], publishNotReadyAddresses: false, sessionAffinity: 'None' },
    status: { loadBalancer: {} },
  });
});

test('an empty text is no object and no error', () => {
  for (const text of ['', '\n', '---\n', '# only a comment\n---\n# and another\n']) {
    assert.deepEqual(parseManifest(text, 'a.yaml'), { entries: [], isBroken: false }, JSON.stringify(text));
  }
});
