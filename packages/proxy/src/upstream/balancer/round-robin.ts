// Endpoints in turn, in proportion to their weights and evenly spread: earliest deadline first. An endpoint of
// weight w is due every 1/w; whichever is due next is picked, and due again 1/w later.
//
// Each starts at a random point of its period, so that many proxies do not all begin with the same endpoint.

import type { Balanced, Picker } from './picker.ts';

/** `endpoints`: at least one, all of weight > 0. */
export function roundRobinPicker<E extends Balanced>(
  endpoints: readonly E[],
  random: () => number,
): Picker<E> {
  const first = endpoints[0];
  if (endpoints.every(({ weight }) => weight === first?.weight)) return equalRoundRobin(endpoints, random);
  return deadlineRoundRobin(endpoints, random);
}

function equalRoundRobin<E>(endpoints: readonly E[], random: () => number): Picker<E & Balanced> {
  let next = Math.floor(random() * endpoints.length);
  return {
    pick() {
      const endpoint = endpoints[next];
      next = next + 1 === endpoints.length ? 0 : next + 1;
      return endpoint as E & Balanced;
    },
  };
}

function deadlineRoundRobin<E extends Balanced>(endpoints: readonly E[], random: () => number): Picker<E> {
  const deadlines = Float64Array.from(endpoints, ({ weight }) => random() / weight);
  // A binary heap of indices, the earliest deadline first; sorted is a valid heap.
  const heap = Uint32Array.from(endpoints.keys()).sort((a, b) => at(deadlines, a) - at(deadlines, b));
  return {
    pick() {
      const picked = at(heap, 0);
      const endpoint = endpoints[picked] as E;
      deadlines[picked] = at(deadlines, picked) + 1 / endpoint.weight;
      siftDown(heap, deadlines);
      return endpoint;
    },
  };
}

/** Moves the root down to its place after its deadline grew. */
function siftDown(heap: Uint32Array, deadlines: Float64Array): void {
  const moved = at(heap, 0);
  const deadline = at(deadlines, moved);
  let hole = 0;
  for (let child = 1; child < heap.length; child = 2 * hole + 1) {
    const right = child + 1;
    if (right < heap.length && at(deadlines, at(heap, right)) < at(deadlines, at(heap, child))) child = right;
    if (deadline <= at(deadlines, at(heap, child))) break;
    heap[hole] = at(heap, child);
    hole = child;
  }
  heap[hole] = moved;
}

/** An element that is known to exist. */
function at(array: Float64Array | Uint32Array, index: number): number {
  return array[index] as number;
}
