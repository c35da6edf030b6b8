import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '@weft/api/proxy-config/types';
import fc from 'fast-check';
import { compileWeights } from './weights.ts';

function backends(...weights: readonly number[]): readonly Backend[] {
  return weights.map((weight, i) => ({ cluster: `c${i}`, weight, filters: [] }));
}

test('each backend has the part of [0, 1) that its weight is of the whole', () => {
  const { choose } = compileWeights(backends(90, 0, 10));
  assert.deepEqual(
    [0, 0.5, 0.8999, 0.9, 0.9999].map((random) => choose(random)?.cluster),
    ['c0', 'c0', 'c0', 'c2', 'c2'],
  );
});

test('no backend of any weight leaves nothing to choose', () => {
  assert.equal(compileWeights([]).choose(0.5), undefined);
  assert.equal(compileWeights(backends(0, 0)).choose(0), undefined);
});

test('weight 0 is never chosen, and every other backend can be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 10 }),
      (weights) => {
        const { choose } = compileWeights(backends(...weights));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        fc.pre(total > 0);
        let start = 0;
        for (const [i, weight] of weights.entries()) {
          if (weight === 0) continue;
          assert.equal(choose((start + weight / 2) / total)?.cluster, `c${i}`);
          start += weight;
        }
        assert.ok(choose(1 - Number.EPSILON / 2));
      },
    ),
  );
});

test('an invalid backend is chosen by its weight, so that its share can be answered 500', () => {
  const [valid, other] = backends(50, 50);
  assert.ok(valid && other);
  const { choose } = compileWeights([valid, { ...other, invalid: 'no such Service' }]);
  assert.equal(choose(0.75)?.invalid, 'no such Service');
});
