import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile } from './quantile.ts';

const BOUNDS = [1, 2, 4];

// Counts at most 1, 2, 4 and in all.
const CASES: readonly [q: number, cumulative: number[], expected: number | undefined, why: string][] = [
  [0.5, [10, 20, 30, 30], 1.5, 'the middle of 30 is the middle of the second bucket'],
  [0.5, [10, 10, 10, 10], 0.5, 'the first bucket begins at 0'],
  [0.99, [0, 0, 100, 100], 3.98, 'ranks are spread evenly inside of a bucket'],
  [0.5, [0, 0, 0, 8], 4, 'above the last bound only that bound is known'],
  [0.9, [5, 5, 5, 10], 4, 'a rank above the last bound'],
  [0.5, [5, 5, 10, 10], 1, 'a rank on the edge of an empty bucket belongs to the one below'],
  [1, [1, 2, 3, 3], 4, 'the largest'],
  [0, [0, 4, 4, 4], 1, 'the smallest is where the first bucket with anything begins'],
  [0.5, [0, 0, 0, 0], undefined, 'nothing was observed'],
];

for (const [q, cumulative, expected, why] of CASES) {
  test(`quantile ${q} of ${cumulative}: ${why}`, () => {
    const found = quantile(q, BOUNDS, cumulative);
    if (expected === undefined) assert.equal(found, undefined);
    else assert.ok(Math.abs(found! - expected) < 1e-9, `${found}`);
  });
}

test('of uniform data in fine buckets each percentile is where it has to be', () => {
  const bounds = Array.from({ length: 100 }, (_, i) => (i + 1) * 10);
  const values = Array.from({ length: 1000 }, (_, i) => i + 1);
  const cumulative = [...bounds.map((bound) => values.filter((v) => v <= bound).length), values.length];
  for (const q of [0.01, 0.5, 0.95, 0.99]) {
    assert.ok(Math.abs(quantile(q, bounds, cumulative)! - q * 1000) < 1e-9);
  }
});
