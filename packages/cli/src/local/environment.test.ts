import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEnvironment, expand } from './environment.ts';
import type { LocalTemplate } from './workload.ts';

const CONFIG = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { LEVEL: 'debug' },
};
const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys' },
  data: { TOKEN: Buffer.from('hush').toString('base64') },
  stringData: { USER: 'ann' },
};

function build(parts: Partial<Pick<LocalTemplate, 'environment' | 'environmentFrom'>>) {
  const template = { environment: [], environmentFrom: [], ...parts } as unknown as LocalTemplate;
  return buildEnvironment(template, {
    base: { PORT: '8080' },
    fields: { 'metadata.name': 'web-0' },
    find: (kind, name) =>
      [CONFIG, SECRET].find((object) => object.kind === kind && object.metadata.name === name),
  });
}

function variables(parts: Parameters<typeof build>[0]): Readonly<Record<string, string>> {
  const built = build(parts);
  return built.kind === 'environment' ? built.variables : assert.fail(built.message);
}

test('values refer to what was set before them', () => {
  const environment = [
    { name: 'URL', value: 'http://localhost:$(PORT)/$(LATER)' },
    { name: 'LATER', value: 'x' },
  ];
  assert.deepEqual(variables({ environment }), {
    PORT: '8080',
    URL: 'http://localhost:8080/$(LATER)',
    LATER: 'x',
  });
});

test('a doubled dollar stands for itself', () => {
  assert.equal(expand('$$(PORT) $(PORT) $PORT', { PORT: '1' }), '$(PORT) 1 $PORT');
});

test('ConfigMaps, Secrets and fields of the pod give values', () => {
  const built = variables({
    environmentFrom: [
      { prefix: 'APP_', configMapRef: { name: 'settings' } },
      { prefix: '', secretRef: { name: 'keys' } },
    ],
    environment: [
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'TOKEN' } } },
    ],
  });
  assert.deepEqual(built, {
    PORT: '8080',
    APP_LEVEL: 'debug',
    TOKEN: 'hush',
    USER: 'ann',
    POD: 'web-0',
    KEY: 'hush',
  });
});

test('what is missing is named, what is optional is left out', () => {
  assert.deepEqual(build({ environmentFrom: [{ prefix: '', secretRef: { name: 'gone' } }] }), {
    kind: 'missing',
    message: 'Secret "gone" not found',
  });
  const key = { name: 'settings', key: 'GONE' };
  assert.deepEqual(build({ environment: [{ name: 'A', valueFrom: { configMapKeyRef: key } }] }), {
    kind: 'missing',
    message: 'env A: no key "GONE" in ConfigMap "settings"',
  });
  const optional = { name: 'A', valueFrom: { configMapKeyRef: { ...key, optional: true } } };
  assert.deepEqual(variables({ environment: [optional] }), { PORT: '8080' });
});
