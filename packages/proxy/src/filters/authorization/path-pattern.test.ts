import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePathPattern, pathPatternError } from './path-pattern.ts';

const PATHS = ['/', '/a', '/a/', '/a/b', '/a/b/c', '/ab', '/b.png', '*'];

const COVERS: readonly (readonly [pattern: string, covered: readonly string[]])[] = [
  ['/a', ['/a']],
  ['/a*', ['/a', '/a/', '/a/b', '/a/b/c', '/ab']],
  ['/a/*', ['/a/', '/a/b', '/a/b/c']],
  ['*.png', ['/b.png']],
  ['*b*', ['/a/b', '/a/b/c', '/ab', '/b.png']],
  ['*', PATHS],
  ['/*', PATHS],
  ['/{*}', ['/a', '/ab', '/b.png']],
  ['/a/{*}', ['/a/b']],
  ['/{*}/b', ['/a/b']],
  ['/{*}/', ['/a/']],
  ['/a/{*}/c', ['/a/b/c']],
  ['/a/{**}', ['/a/', '/a/b', '/a/b/c']],
  ['/{**}', ['/', '/a', '/a/', '/a/b', '/a/b/c', '/ab', '/b.png']],
  ['/{*}/{**}', ['/a/', '/a/b', '/a/b/c']],
];
for (const [pattern, covered] of COVERS) {
  test(`${pattern} covers ${covered.join(' ')}`, () => {
    assert.equal(pathPatternError(pattern), undefined);
    const { test } = compilePathPattern(pattern);
    assert.deepEqual(
      PATHS.filter((path) => test(path)),
      covered,
    );
  });
}

const ERRORS: readonly (readonly [pattern: string, message: RegExp])[] = [
  ['', /has to begin/],
  ['a', /has to begin/],
  ['/a*b', /only stand at the start or the end/],
  ['a/{*}', /has to begin with `\/`/],
  ['*/{*}', /has to begin with `\/`/],
  ['/{**}/a', /has to be the last/],
  ['/a{*}', /an element is either/],
  ['/{id}', /an element is either/],
  ['/a/}', /an element is either/],
  ['/{*}/a*', /an element is either/],
];
for (const [pattern, message] of ERRORS) {
  test(`'${pattern}' is refused`, () => assert.match(pathPatternError(pattern) ?? '', message));
}
