import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { queryValue } from './query.ts';

test('finds what URLSearchParams finds', () => {
  const part = fc.constantFrom('a', 'b', 'ab', '=', '&', '+', '%20', '%61', '%C3%A4', '');
  const query = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(query, fc.constantFrom('a', 'b', 'ab', 'a b', ' ', 'ä'), (query, name) => {
      assert.equal(queryValue(query, name) ?? null, new URLSearchParams(query).get(name));
    }),
    { numRuns: 2000 },
  );
});

test('a parameter without = has the empty value', () => {
  assert.equal(queryValue('a&b=1', 'a'), '');
  assert.equal(queryValue('a&b=1', 'b'), '1');
});

test('escapes that are no UTF-8 are compared as sent', () => {
  assert.equal(queryValue('a=%E4', 'a'), '%E4');
  assert.equal(queryValue('a=100%', 'a'), '100%');
});
