import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AliasTable } from './alias-table.ts';

test('the random numbers that draw an index are as many as its weight says', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 12 }), (weights) => {
      const table = new AliasTable(weights);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      // As many steps as make each boundary of a column fall between two of them.
      const steps = total * weights.length;
      const counts = weights.map(() => 0);
      for (let step = 0; step < steps; step++) {
        const index = table.draw((step + 0.5) / steps);
        counts[index] = (counts[index] ?? Number.NaN) + 1;
      }
      for (const [i, weight] of weights.entries()) {
        assert.ok(
          Math.abs((counts[i] ?? 0) - weight * weights.length) <= 2 * weights.length,
          `${weights}: ${counts}`,
        );
      }
    }),
    { numRuns: 50 },
  );
});

test('the greatest random number draws an index that is there', () => {
  assert.ok(new AliasTable([1, 3, 5]).draw(1 - Number.EPSILON / 2) <= 2);
});
