// The weighted choice between a rule's backends, prepared once.

import type { Backend } from '@weft/api/proxy-config/types';

export interface WeightedBackends<T = Backend> {
  /**
   * The backend for a random number in [0, 1). Undefined where no backend has a weight: the request is answered 500
   * (Gateway API). A backend that is `invalid` is chosen by its weight like any other, and answers 500.
   */
  choose(random: number): T | undefined;
}

/** Prepares backends of weights ≥ 0; weight 0 is never chosen. */
export function compileWeights<T extends { readonly weight: number }>(
  backends: readonly T[],
): WeightedBackends<T> {
  const chosen = backends.filter(({ weight }) => weight > 0);
  const only = chosen[0];
  if (chosen.length <= 1) return { choose: () => only };
  // Upper bounds of each backend's part of [0, total).
  const bounds = new Float64Array(chosen.length);
  let total = 0;
  for (const [i, { weight }] of chosen.entries()) bounds[i] = total += weight;
  return {
    choose(random) {
      const point = random * total;
      let i = 0;
      while (i < bounds.length - 1 && (bounds[i] as number) <= point) i++;
      return chosen[i];
    },
  };
}
