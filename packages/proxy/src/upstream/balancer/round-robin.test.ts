import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { roundRobinPicker } from './round-robin.ts';
import { countPicks, endpointsOf, runCommonCases, seededRandom } from './testing/balancer-cases.ts';

runCommonCases('round-robin');

test('endpoints of equal weight come in turn', () => {
  const endpoints = endpointsOf(1, 1, 1);
  const picker = roundRobinPicker(endpoints, () => 0.5);
  const names = Array.from({ length: 6 }, () => picker.pick()?.name);
  assert.deepEqual(names, ['e1', 'e2', 'e0', 'e1', 'e2', 'e0']);
});

test('a heavy endpoint is spread between the others, not served in a row', () => {
  const picker = roundRobinPicker(endpointsOf(2, 1, 1), seededRandom(3));
  const names = Array.from({ length: 400 }, () => picker.pick()?.name);
  const inARow = names.filter((name, i) => name === names[i + 1] && name === names[i + 2]);
  assert.deepEqual(inARow, []);
});

test('each round of picks gives every endpoint its weight, one more or less', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
      fc.integer(),
      (weights, seed) => {
        const endpoints = endpointsOf(...weights);
        const picker = roundRobinPicker(endpoints, seededRandom(seed));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let round = 0; round < 3; round++) {
          const counts = countPicks(picker, total);
          for (const endpoint of endpoints) {
            assert.ok(
              Math.abs((counts.get(endpoint) ?? 0) - endpoint.weight) <= 1,
              `${weights}: ${endpoint.name}`,
            );
          }
        }
      },
    ),
  );
});
