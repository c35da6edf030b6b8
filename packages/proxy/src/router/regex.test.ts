import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRegex, literalPrefix, mustCompileRegex } from './regex.ts';

test('a pattern has to match the whole text', () => {
  const regex = mustCompileRegex('/v[0-9]+');
  assert.ok(regex.testExact('/v12'));
  assert.ok(!regex.testExact('/v12/x'));
  assert.ok(!regex.testExact('x/v12'));
});

test('what RE2 does not have is an error that says so', () => {
  for (const pattern of ['(', '(?=a)', 'a**', '[z-a]', '(a)\\1']) {
    const result = compileRegex(pattern);
    assert.ok('error' in result, pattern);
    assert.match(result.error, /regexp/);
    assert.throws(() => mustCompileRegex(pattern), /was not decoded/);
  }
});

const PREFIXES: readonly (readonly [pattern: string, prefix: string])[] = [
  ['/api/v[0-9]+/.*', '/api/v'],
  ['^/api/.*$', '/api/'],
  ['/api', '/api'],
  ['/apis?/x', '/api'],
  ['/ab*', '/a'],
  ['/ab{2}', '/a'],
  ['/a(b|c)/d', '/a'],
  ['/a|/b', ''],
  ['/x(a)|/y', ''],
  ['/a[|]b', '/a'],
  ['/a[]|]b', '/a'],
  ['/a\\|b', '/a'],
  ['/a\\Q(\\E|/b', ''],
  ['(?i)/api', ''],
  ['.*', ''],
  ['*', ''],
];
for (const [pattern, prefix] of PREFIXES) {
  test(`${pattern} can only match texts that start with '${prefix}'`, () => {
    assert.equal(literalPrefix(pattern), prefix);
  });
}

test('no text that matches lacks the literal prefix', () => {
  const pattern = fc
    .array(
      fc.constantFrom(
        '/',
        'a',
        'b',
        'a*',
        'b?',
        '(a|b)',
        '(a)',
        '|',
        '[ab|]',
        '[^/]',
        '.',
        '\\|',
        '^',
        '$',
        'a{0,1}',
      ),
      {
        maxLength: 6,
      },
    )
    .map((parts) => parts.join(''));
  const text = fc.string({ unit: fc.constantFrom('/', 'a', 'b', '|'), maxLength: 5 });
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      const result = compileRegex(pattern);
      fc.pre('regex' in result && result.regex.testExact(text));
      assert.ok(text.startsWith(literalPrefix(pattern)), `${pattern} matches ${text}`);
    }),
    { numRuns: 1000 },
  );
});
