// Cases that every balancer has to pass, and the tools of balancer tests: endpoints, a seeded random source, shares.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '@weft/api/proxy-config/types';
import { createPicker } from '../create-picker.ts';
import type { Balanced, Picker } from '../picker.ts';

export interface TestEndpoint extends Balanced {
  readonly name: string;
  active: number;
}

/** Idle endpoints `e0`, `e1`, … of these weights. */
export function endpointsOf(...weights: readonly number[]): readonly TestEndpoint[] {
  return weights.map((weight, i) => ({ name: `e${i}`, weight, active: 0 }));
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of `picks` each endpoint got. */
export function countPicks<E extends Balanced>(picker: Picker<E>, picks: number): ReadonlyMap<E, number> {
  const counts = new Map<E, number>();
  for (let i = 0; i < picks; i++) {
    const picked = picker.pick();
    assert.ok(picked);
    counts.set(picked, (counts.get(picked) ?? 0) + 1);
  }
  return counts;
}

/** Each endpoint's part of the picks, as a fraction. */
export function sharesOf<E extends Balanced>(picker: Picker<E>, endpoints: readonly E[]): readonly number[] {
  const picks = 40_000;
  const counts = countPicks(picker, picks);
  return endpoints.map((endpoint) => (counts.get(endpoint) ?? 0) / picks);
}

export function assertNear(actual: readonly number[], expected: readonly number[], tolerance = 0.01): void {
  for (const [i, value] of expected.entries()) {
    const off = Math.abs((actual[i] ?? Number.NaN) - value);
    assert.ok(off <= tolerance, `got ${actual.join(', ')}, expected ${expected.join(', ')}`);
  }
}

export function runCommonCases(kind: Cluster['balancer']): void {
  const make = (endpoints: readonly TestEndpoint[], seed = 1): Picker<TestEndpoint> =>
    createPicker(kind, endpoints, seededRandom(seed));

  test(`${kind}: no endpoint leaves nothing to pick`, () => {
    assert.equal(make([]).pick(), undefined);
    assert.equal(make(endpointsOf(0, 0)).pick(), undefined);
  });

  test(`${kind}: the only endpoint takes everything`, () => {
    const [only] = endpointsOf(1);
    const picker = make(only === undefined ? [] : [only]);
    for (let i = 0; i < 10; i++) assert.equal(picker.pick(), only);
  });

  test(`${kind}: an endpoint of weight 0 takes nothing`, () => {
    const endpoints = endpointsOf(1, 0, 3);
    const counts = countPicks(make(endpoints), 1000);
    assert.deepEqual([...counts.keys()].map(({ name }) => name).sort(), ['e0', 'e2']);
  });

  test(`${kind}: idle endpoints of equal weight take equal shares`, () => {
    const endpoints = endpointsOf(2, 2, 2, 2);
    assertNear(sharesOf(make(endpoints), endpoints), [0.25, 0.25, 0.25, 0.25]);
  });

  test(`${kind}: idle endpoints take shares by their weights`, () => {
    const endpoints = endpointsOf(1, 2, 5, 12);
    assertNear(sharesOf(make(endpoints), endpoints), [0.05, 0.1, 0.25, 0.6]);
  });

  test(`${kind}: weights of a million beside one are kept`, () => {
    const endpoints = endpointsOf(1, 1_000_000);
    assertNear(sharesOf(make(endpoints), endpoints), [0, 1], 0.001);
  });

  for (const weights of [
    [1, 1, 1, 1, 1, 1, 1, 1],
    [2, 1, 1, 1, 1, 1, 1, 2],
  ]) {
    test(`${kind}: the first pick of weights ${weights.join()} differs from proxy to proxy`, () => {
      const endpoints = endpointsOf(...weights);
      const firsts = Array.from({ length: 20 }, (_, seed) => make(endpoints, seed).pick());
      assert.ok(new Set(firsts).size > 3);
    });
  }
}
