import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editPath } from './path-edit.ts';

/** The table of Gateway API's HTTPPathModifier, and what follows from it. */
const PREFIX_CASES: readonly (readonly [path: string, prefix: string, value: string, edited: string])[] = [
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/bar', '/foo', '', '/bar'],
  ['/foo/', '/foo', '', '/'],
  ['/foo', '/foo', '', '/'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
  ['/foo', '/', '/xyz', '/xyz/foo'],
  ['/', '/', '/xyz', '/xyz/'],
  ['*', '/', '/xyz', '*'],
];
for (const [path, prefix, value, edited] of PREFIX_CASES) {
  test(`${path} with prefix ${prefix} replaced by '${value}' is ${edited}`, () => {
    assert.equal(editPath({ kind: 'prefix', value }, path, prefix), edited);
  });
}

test('a full replacement needs no prefix', () => {
  assert.equal(editPath({ kind: 'full', value: '/xyz' }, '/foo/bar', undefined), '/xyz');
});

test('a prefix that the route has not matched is a mistake of the program', () => {
  assert.throws(() => editPath({ kind: 'prefix', value: '/xyz' }, '/foo', undefined), /matched no prefix/);
});
