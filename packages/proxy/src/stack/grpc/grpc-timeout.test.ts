import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatGrpcTimeout, parseGrpcTimeout } from './grpc-timeout.ts';

const READ: readonly (readonly [value: string, ms: number])[] = [
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['30S', 30_000],
  ['100m', 100],
  ['1500u', 1.5],
  ['99999999n', 99.999999],
  ['0m', 0],
];
for (const [value, ms] of READ) {
  test(`${value} is ${ms} ms`, () => assert.equal(parseGrpcTimeout(value), ms));
}

test('what has no unit, no digits, too many of them, or anything else is no timeout', () => {
  for (const value of ['', 'm', '5', '5s', '123456789m', '-1m', '1.5S', ' 5S', '5S ', '0x1m', '1e3m']) {
    assert.equal(parseGrpcTimeout(value), undefined, value);
  }
});

test('what is written is read as the same time, or less by under a second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99_999_999_999 }), (ms) => {
      const read = parseGrpcTimeout(formatGrpcTimeout(ms)) as number;
      assert.ok(read <= ms && read > ms - 1_000, `${ms} became ${read}`);
    }),
  );
});
