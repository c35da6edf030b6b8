// Each request to an endpoint drawn at random, in proportion to its weight.

import { AliasTable } from './alias-table.ts';
import type { Balanced, Picker } from './picker.ts';

/** `endpoints`: at least one, all of weight > 0. */
export function randomPicker<E extends Balanced>(endpoints: readonly E[], random: () => number): Picker<E> {
  const table = new AliasTable(endpoints.map(({ weight }) => weight));
  return { pick: () => endpoints[table.draw(random())] };
}
