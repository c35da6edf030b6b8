import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spread } from './statistics.ts';

test('the median of an odd number of values is the middle one', () => {
  assert.deepEqual(spread([9, 1, 4]), { median: 4, min: 1, max: 9 });
});

test('the median of an even number of values lies between the two in the middle', () => {
  assert.deepEqual(spread([8, 1, 4, 2]), { median: 3, min: 1, max: 8 });
});

test('no values have no spread', () => {
  assert.equal(spread([]), undefined);
});
