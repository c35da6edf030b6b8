// Which label set has which slot in a family's arrays: slots are handed out once, reused after removal, and
// limited by the registry's budget. Slot 0 takes what is recorded for label sets beyond the budget.

import type { Labels } from './labels.ts';

/** A resolved series: an index into the arrays of the family that gave it, and of no other. */
export type Series = number;

/** The slot for label sets beyond the budget: it can be recorded to as any other and is never written out. */
export const DROPPED: Series = 0;

/** What all families of one registry share; counts time series as a Prometheus server would. */
export interface SeriesBudget {
  /** False, and counted, where there is no room for so many more. */
  take(count: number): boolean;
  give(count: number): void;
}

export class SeriesIndex {
  readonly #budget: SeriesBudget;
  readonly #cost: number;
  readonly #slots = new Map<Labels, Series>();
  readonly #free: Series[] = [];
  #size = DROPPED + 1;

  /** `cost`: time series that one label set of this family is. */
  constructor(budget: SeriesBudget, cost: number) {
    this.#budget = budget;
    this.#cost = cost;
  }

  /** Slots handed out so far, freed ones and the dropped one included: the length that arrays need. */
  get size(): number {
    return this.#size;
  }

  /** The slot of a label set, a new one where it has none; DROPPED beyond the budget. */
  resolve(labels: Labels): Series {
    const known = this.#slots.get(labels);
    if (known !== undefined) return known;
    if (!this.#budget.take(this.#cost)) return DROPPED;
    const series = this.#free.pop() ?? this.#size++;
    this.#slots.set(labels, series);
    return series;
  }

  /** Frees the slot of a label set; undefined where it has none. */
  remove(labels: Labels): Series | undefined {
    const series = this.#slots.get(labels);
    if (series === undefined) return undefined;
    this.#slots.delete(labels);
    this.#free.push(series);
    this.#budget.give(this.#cost);
    return series;
  }

  /** In the order in which the label sets were first resolved. */
  [Symbol.iterator](): Iterator<[Labels, Series]> {
    return this.#slots[Symbol.iterator]();
  }
}
