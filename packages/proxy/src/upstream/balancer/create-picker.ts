// The balancer that a cluster names, for one list of endpoints.

import type { Cluster } from '@weft/api/proxy-config/types';
import { leastRequestPicker } from './least-request.ts';
import type { Balanced, Picker } from './picker.ts';
import { randomPicker } from './random.ts';
import { roundRobinPicker } from './round-robin.ts';

/**
 * Makes a picker for these endpoints; endpoints of weight 0 take nothing. `random` gives numbers in [0, 1) and is
 * there for tests.
 */
export function createPicker<E extends Balanced>(
  kind: Cluster['balancer'],
  endpoints: readonly E[],
  random: () => number = Math.random,
): Picker<E> {
  const usable = endpoints.filter(({ weight }) => weight > 0);
  if (usable.length === 0) return { pick: () => undefined };
  switch (kind) {
    case 'least-request':
      return leastRequestPicker(usable, random);
    case 'round-robin':
      return roundRobinPicker(usable, random);
    case 'random':
      return randomPicker(usable, random);
  }
}
