import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EdgeRow } from '@weft/api/control-plane-api';
import { suggestions } from './suggestions.ts';

function edge(source: string, destination: string): EdgeRow {
  const names = { namespace: 'shop', source, destination, destinationVersion: 'v1' };
  return { ...names, protocol: 'http', rate: 1, total: 1 };
}

function object(kind: string, name: string, spec: object) {
  return { resource: { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' }, spec } };
}

const SOURCES = {
  resources: [
    object('HTTPRoute', 'web', {}),
    object('AuthorizationPolicy', 'db', {
      targetRefs: [{ kind: 'Service', name: 'db' }],
      rules: [{ from: [{ serviceAccounts: ['web'] }] }],
    }),
  ],
  edges: [edge('client', 'web'), edge('web', 'db'), edge('thief', 'db')],
  weft: 'bin/weft',
  api: '127.0.0.1:15010',
};

test('the call to explain is one that a policy does not name the caller of', () => {
  assert.deepEqual(
    suggestions(SOURCES).map(({ command }) => command),
    [
      'bin/weft explain GET http://db/ --from shop/thief',
      'bin/weft get httproute web -n shop -o yaml',
      'bin/weft proxy-status',
    ],
  );
});

test('another address of the API is part of each command', () => {
  const commands = suggestions({ ...SOURCES, api: '127.0.0.1:16010' }).map(({ command }) => command);
  assert.ok(commands.every((command) => command.endsWith(' --api 127.0.0.1:16010')));
});

test('without traffic and routes only what always works is left', () => {
  assert.deepEqual(
    suggestions({ ...SOURCES, resources: [], edges: [] }).map(({ command }) => command),
    ['bin/weft proxy-status'],
  );
});
