import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalPathProblem, pathProblem } from './path.ts';

test('paths that a request can have are accepted', () => {
  for (const path of [
    '/',
    '/a',
    '/a/',
    '/a/b.c/~d',
    '/a%20b',
    '/a/.b',
    '/a/..b',
    '/a;x=1/@b',
    "/a!$&'()*+,=:",
  ]) {
    assert.equal(pathProblem(path), undefined, path);
    assert.equal(normalPathProblem(path), undefined, path);
  }
});

test('paths that no request has after normalisation are refused', () => {
  const bad = [
    '',
    'a',
    '/a//b',
    '/./a',
    '/a/../b',
    '/a/.',
    '/..',
    '/a%2Fb',
    '/a%5cb',
    '/a%00',
    '/a%7F',
    '/a b',
    '/a?b',
    '/a#b',
    '/a%',
    '/ü',
  ];
  for (const path of bad) assert.match(pathProblem(path) ?? 'accepted', /^must /, path);
});

test('what is compared as written has to have its escapes in normal form', () => {
  assert.equal(pathProblem('/%41'), undefined);
  assert.equal(normalPathProblem('/%41'), 'must have "A" in place of "%41", as in a normalised path');
  assert.equal(normalPathProblem('/a%c3'), 'must have "%C3" in place of "%c3", as in a normalised path');
});
