import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

test('durations add up their parts', () => {
  assert.equal(parseDuration('0s'), 0);
  assert.equal(parseDuration('500ms'), 500);
  assert.equal(parseDuration('1h30m'), 5_400_000);
  assert.equal(parseDuration('1m1ms'), 60_001);
  assert.equal(parseDuration('10s10s'), 20_000);
});

test('what GEP-2257 forbids is not a duration', () => {
  for (const text of [
    '',
    '5',
    '1.5s',
    '-1s',
    '1d',
    '1us',
    '100000s',
    ' 1s',
    '1s ',
    '1h1m1s1ms1s',
    '1S',
    '1m 1s',
  ]) {
    assert.equal(parseDuration(text), undefined, JSON.stringify(text));
  }
});

test('the shortest form is written', () => {
  assert.equal(formatDuration(0), '0s');
  assert.equal(formatDuration(90_000), '1m30s');
  assert.equal(formatDuration(3_600_001), '1h1ms');
});

test('every duration that is written reads back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999 * 3_600_000 }), (milliseconds) => {
      assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
    }),
  );
});

test('what cannot be written is a mistake of the program', () => {
  for (const milliseconds of [-1, 0.5, Number.NaN, 100_000 * 3_600_000]) {
    assert.throws(() => formatDuration(milliseconds), RangeError);
  }
});
