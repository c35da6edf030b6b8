// The less busy of two endpoints drawn at random: nearly as even as knowing the least busy of all, without the
// herd that forms when all proxies run to the same one, and with two looks instead of n.
//
// With unequal weights both are drawn in proportion to weight, and compared by active requests per weight. The one
// drawn first wins a tie, so that an idle cluster is used in proportion to the weights.

import { AliasTable } from './alias-table.ts';
import type { Balanced, Picker } from './picker.ts';

/** `endpoints`: at least one, all of weight > 0. */
export function leastRequestPicker<E extends Balanced>(
  endpoints: readonly E[],
  random: () => number,
): Picker<E> {
  const only = endpoints[0];
  if (endpoints.length === 1) return { pick: () => only };
  if (endpoints.every(({ weight }) => weight === only?.weight)) return equalLeastRequest(endpoints, random);
  const table = new AliasTable(endpoints.map(({ weight }) => weight));
  return {
    pick: () => lessBusy(endpoints[table.draw(random())] as E, endpoints[table.draw(random())] as E),
  };
}

function equalLeastRequest<E extends Balanced>(endpoints: readonly E[], random: () => number): Picker<E> {
  const count = endpoints.length;
  return {
    pick() {
      const first = Math.floor(random() * count);
      // One of the others, each as likely.
      const second = (first + 1 + Math.floor(random() * (count - 1))) % count;
      return lessBusy(endpoints[first] as E, endpoints[second] as E);
    },
  };
}

function lessBusy<E extends Balanced>(first: E, second: E): E {
  return second.active * first.weight < first.active * second.weight ? second : first;
}
