import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest, editDistance } from './suggestion.ts';

const fields = ['matches', 'filters', 'backendRefs', 'timeouts', 'name'];

test('a slip of the pen is recognised', () => {
  assert.equal(closest('matchs', fields), 'matches');
  assert.equal(closest('backendRef', fields), 'backendRefs');
  assert.equal(closest('filtres', fields), 'filters');
  assert.equal(closest('NAME', fields), 'name');
  assert.equal(closest('alow', ['ALLOW', 'DENY']), 'ALLOW');
});

test('the nearest of several wins', () => {
  assert.equal(closest('paths', ['path', 'paths', 'notPaths']), 'paths');
  assert.equal(closest('notPath', ['paths', 'notPaths']), 'notPaths');
});

test('what is like nothing suggests nothing', () => {
  for (const word of ['x', 'retry', 'cors', 'weight']) assert.equal(closest(word, fields), undefined, word);
});

test('swapped neighbours are one mistake', () => {
  assert.equal(editDistance('kidn', 'kind'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('abc', 'abc'), 0);
});
