import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilters } from './compile-filters.ts';
import { rewrittenPath } from './rewrite/rewrite.ts';

test('no filter leaves nothing to do', () => {
  assert.deepEqual(compileFilters([]), {
    invalid: undefined,
    redirect: undefined,
    rewrite: undefined,
    requestHeaders: undefined,
    responseHeaders: undefined,
    mirrors: [],
  });
});

test("the backend's filters follow the rule's", () => {
  const filters = compileFilters([
    { kind: 'rewrite', path: { kind: 'full', value: '/rule' } },
    { kind: 'request-headers', edit: { set: [['x-a', 'rule']], add: [], remove: [] } },
    { kind: 'mirror', cluster: 'one', share: 1 },
    { kind: 'rewrite', hostname: 'backend' },
    { kind: 'request-headers', edit: { set: [['x-a', 'backend']], add: [], remove: [] } },
    { kind: 'mirror', cluster: 'two', share: 1 },
    { kind: 'invalid', reason: 'no such filter' },
  ]);
  assert.deepEqual(filters.requestHeaders?.lines, [['x-a', 'backend']]);
  assert.equal(filters.responseHeaders, undefined);
  assert.deepEqual(
    filters.mirrors.map(({ cluster }) => cluster),
    ['one', 'two'],
  );
  assert.equal(filters.rewrite?.hostname, 'backend');
  assert.equal(filters.invalid, 'no such filter');
});

test('a rewrite without a path leaves the path', () => {
  assert.equal(rewrittenPath({ kind: 'rewrite', hostname: 'b' }, '/a', '/'), '/a');
  assert.equal(
    rewrittenPath({ kind: 'rewrite', path: { kind: 'prefix', value: '/b' } }, '/a/c', '/a'),
    '/b/c',
  );
});
