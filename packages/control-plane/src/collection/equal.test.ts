import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { equal } from './equal.ts';

test('a value is equal to a deep copy of itself', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => equal(value, structuredClone(value))));
});

test('plain data is equal exactly when Node finds it deeply equal', () => {
  // Few keys and leaves, so that equal and almost equal pairs are common.
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, 0, 1, '', 'a'),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, value, (a, b) => assert.equal(equal(a, b), isDeepStrictEqual(a, b))),
    { numRuns: 2000 },
  );
});

test('shapes that look alike are told apart', () => {
  assert.ok(!equal([], {}));
  assert.ok(!equal({}, []));
  assert.ok(!equal(null, {}));
  assert.ok(!equal([1, 2], [1]));
  assert.ok(!equal({ a: 1 }, { b: 1 }));
  assert.ok(!equal({ a: undefined }, { b: undefined }));
  assert.ok(!equal({ a: { b: [1] } }, { a: { b: [2] } }));
});
