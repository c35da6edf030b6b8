import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTarget, type TargetRefusal, toBytes } from './path.ts';

interface Parsed {
  path: string;
  query: string;
  authority: string;
}

function parse(target: string, method = 'GET'): Parsed | TargetRefusal {
  const parts = { path: '', query: '', authority: 'from.host' };
  return parseTarget(method, target, parts) ?? parts;
}

function pathOf(target: string): string {
  const parsed = parse(target);
  return typeof parsed === 'string' ? parsed : parsed.path;
}

test('a path in normal form stays the same text', () => {
  for (const path of ['/', '/a', '/a/b/', '/.well-known/x', '/a..b', '/...', '/a;v=1/b', "/~!$&'()*+,=:@"]) {
    assert.equal(pathOf(path), path);
  }
});

test('the query is split off and left as it is', () => {
  assert.deepEqual(parse('/a?b=/../%2f&c=?'), { path: '/a', query: 'b=/../%2f&c=?', authority: 'from.host' });
  assert.deepEqual(parse('/a?'), { path: '/a', query: '', authority: 'from.host' });
  assert.deepEqual(parse('/a/..?x'), { path: '/', query: 'x', authority: 'from.host' });
});

const NORMALISED: readonly (readonly [why: string, path: string, normal: string])[] = [
  ['escaped unreserved characters are decoded', '/%61%2D%2e%5F%7e%41', '/a-._~A'],
  ['escapes are upper-case', '/a%3a%e4', '/a%3A%E4'],
  ['an escaped percent sign is not decoded again', '/a%252f', '/a%252f'],
  ['slashes are merged', '//a///b//', '/a/b/'],
  ['backslashes are slashes', '/a\\b\\\\c', '/a/b/c'],
  ['. is dropped', '/a/./b/.', '/a/b/'],
  ['.. drops the element before it', '/a/b/../c', '/a/c'],
  ['.. at the end leaves a folder', '/a/b/..', '/a/'],
  ['.. may come back to the root', '/a/..', '/'],
  ['.. looks over merged slashes', '/a//../b', '/b'],
  ['escaped dots are dots', '/a/%2e%2E/b', '/b'],
  ['backslashes around dots are seen', '/a\\..\\b', '/b'],
  ['raw bytes are escaped', toBytes('/ä'), '/%C3%A4'],
  ['raw characters that a URL does not have are escaped', '/<">[]^`{|}', '/%3C%22%3E%5B%5D%5E%60%7B%7C%7D'],
];
for (const [why, path, normal] of NORMALISED) {
  test(`${why}: ${JSON.stringify(path)}`, () => assert.equal(pathOf(path), normal));
}

const REFUSED: readonly (readonly [target: string, refusal: TargetRefusal])[] = [
  ['/..', 'above_root'],
  ['/a/../../b', 'above_root'],
  ['/%2e%2e/b', 'above_root'],
  ['/a%2fb', 'escaped_slash'],
  ['/a%5Cb', 'escaped_slash'],
  ['/a%00', 'escaped_control'],
  ['/a%0D%0Ab', 'escaped_control'],
  ['/a%7f', 'escaped_control'],
  ['/a%', 'invalid_escape'],
  ['/a%2', 'invalid_escape'],
  ['/a%zz', 'invalid_escape'],
  ['/a b', 'invalid_character'],
  ['/a\tb', 'invalid_character'],
  ['/a\u0000b', 'invalid_character'],
  ['/a#b', 'invalid_character'],
  ['/a?b#c', 'invalid_character'],
  ['/a\u0100', 'invalid_character'],
  ['/a/..;/b', 'dot_segment_parameters'],
  ['/a/.;x=1/b', 'dot_segment_parameters'],
  ['/a/..%3b/b', 'dot_segment_parameters'],
  ['/a/%2e%2e;/b', 'dot_segment_parameters'],
  ['', 'malformed_target'],
  ['a', 'malformed_target'],
  ['*', 'malformed_target'],
  ['*a', 'malformed_target'],
  ['ftp://host/', 'malformed_target'],
  ['http://user@host/', 'malformed_target'],
  ['http:///a', 'malformed_target'],
  ['http://host:port/', 'malformed_target'],
  ['http://host#f', 'malformed_target'],
  ['http://%61dmin/', 'malformed_target'],
  ['host:443', 'malformed_target'],
];
for (const [target, refusal] of REFUSED) {
  test(`refuses ${JSON.stringify(target)}: ${refusal}`, () => assert.equal(parse(target), refusal));
}

test('the authority of an absolute-form target replaces Host', () => {
  assert.deepEqual(parse('http://Example.COM:8080/a/../b?c'), {
    path: '/b',
    query: 'c',
    authority: 'example.com:8080',
  });
  assert.deepEqual(parse('HTTPS://[2001:DB8::1]'), { path: '/', query: '', authority: '[2001:db8::1]' });
  assert.deepEqual(parse('http://host?a=b'), { path: '/', query: 'a=b', authority: 'host' });
});

test('OPTIONS can ask for the whole server, in both forms', () => {
  assert.deepEqual(parse('*', 'OPTIONS'), { path: '*', query: '', authority: 'from.host' });
  assert.deepEqual(parse('http://host', 'OPTIONS'), { path: '*', query: '', authority: 'host' });
  assert.deepEqual(parse('http://host/', 'OPTIONS'), { path: '/', query: '', authority: 'host' });
});

test('CONNECT is refused by name', () => {
  assert.equal(parse('host:443', 'CONNECT'), 'connect_not_supported');
});

const tricky = fc
  .array(
    fc.constantFrom(
      '/',
      '//',
      '.',
      '..',
      '\\',
      '%2e',
      '%2F',
      '%5c',
      '%00',
      '%25',
      '%3b',
      '%',
      ';',
      'a',
      'B',
      '?',
      '\u00e4',
      '{',
    ),
    {
      maxLength: 14,
    },
  )
  .map((parts) => `/${parts.join('')}`);

test('a normal path is its own normal form, and has no dot segment, empty element or odd character', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        tricky,
        fc.string({ unit: 'binary-ascii' }).map((text) => `/${text}`),
      ),
      (target) => {
        const parsed = parse(target);
        fc.pre(typeof parsed !== 'string');
        const { path } = parsed;
        assert.equal(pathOf(path), path);
        assert.match(path, /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/);
        assert.doesNotMatch(path, /\/\/|\/\.\.?(\/|;|$)|%2F|%5C|%[01]|%7F/);
      },
    ),
    { numRuns: 2000 },
  );
});

test('the normal form is what URL makes of a path, but for merged slashes', () => {
  // WHATWG URL decodes no escapes and resolves dots before slashes are merged: compared where neither matters.
  const plain = fc
    .array(fc.constantFrom('/a', '/..', '/.', '/b.c', '\\d', '/'), { maxLength: 10 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(plain, (path) => {
      fc.pre(path !== '' && !/[/\\]{2}/.test(path));
      const ours = pathOf(path.replace(/^\\/, '/'));
      fc.pre(ours !== 'above_root');
      assert.equal(ours, new URL(path.replace(/^\\/, '/'), 'http://host').pathname);
    }),
  );
});
