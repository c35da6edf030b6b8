import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSource } from './source.ts';

const web = { namespace: 'shop', name: 'web' };
const api = { namespace: 'shop', name: 'api' };
const WEB = 'spiffe://example.org/ns/shop/sa/web';
const API = 'spiffe://example.org/ns/shop/sa/api';

test('service accounts become identities of the trust domain', () => {
  assert.deepEqual(resolveSource({ serviceAccounts: [web, api], namespaces: ['shop'] }, 'example.org'), {
    namespaces: ['shop'],
    identities: [WEB, API],
  });
});

test('service accounts and identities have to hold both', () => {
  for (const [pattern, expected] of [
    ['*', [WEB, API]],
    ['*/sa/web', [WEB]],
    ['spiffe://example.org/ns/shop/*', [WEB, API]],
    ['*shop*', [WEB, API]],
    [API, [API]],
  ] as const) {
    assert.deepEqual(resolveSource({ serviceAccounts: [web, api], identities: [pattern] }, 'example.org'), {
      identities: expected,
    });
  }
  for (const pattern of ['*/sa/we', 'spiffe://other.org/*', '*/nowhere/*', `${WEB}2`]) {
    assert.equal(resolveSource({ serviceAccounts: [web], identities: [pattern] }, 'example.org'), undefined);
  }
});

test('what either exclusion names is excluded', () => {
  assert.deepEqual(resolveSource({ notServiceAccounts: [web], notIdentities: ['*/sa/b'] }, 'example.org'), {
    notIdentities: ['*/sa/b', WEB],
  });
});
