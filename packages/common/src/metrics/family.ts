// Metric families: a name, its kind and the values of its series in one Float64Array. Recording is an index and
// an addition; nothing is allocated and no string is touched after a series is resolved.

import { type Labels, NO_LABELS } from './labels.ts';
import { type Series, type SeriesBudget, SeriesIndex } from './series-index.ts';

export interface FamilyHead {
  readonly name: string;
  readonly help: string;
}

/** Counter and gauge: one number for each series. */
abstract class Scalar {
  readonly name: string;
  readonly help: string;
  readonly index: SeriesIndex;
  protected values = new Float64Array(8);

  constructor(head: FamilyHead, budget: SeriesBudget) {
    this.name = head.name;
    this.help = head.help;
    this.index = new SeriesIndex(budget, 1);
  }

  /**
   * The series of a label set, new ones at 0. Resolve once and keep the answer; it is good until `remove`.
   * Beyond the registry's budget it is a slot that is never written out.
   */
  series(labels: Labels = NO_LABELS): Series {
    const series = this.index.resolve(labels);
    if (this.index.size > this.values.length) this.values = grown(this.values);
    return series;
  }

  /** Takes the series out of the output; its handle must not be used any more. */
  remove(labels: Labels): void {
    const series = this.index.remove(labels);
    if (series !== undefined) this.values[series] = 0;
  }

  value(series: Series): number {
    return this.values[series] ?? 0;
  }
}

export class Counter extends Scalar {
  readonly kind = 'counter';

  /** `amount` ≥ 0. */
  add(series: Series, amount = 1): void {
    this.values[series]! += amount;
  }
}

export class Gauge extends Scalar {
  readonly kind = 'gauge';

  set(series: Series, value: number): void {
    this.values[series] = value;
  }

  add(series: Series, amount: number): void {
    this.values[series]! += amount;
  }
}

/** Classic histogram. A series is a run of cells: one count for each bucket, the count above them, the sum. */
export class Histogram {
  readonly kind = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly index: SeriesIndex;
  /** Upper bounds, inclusive, ascending, without +Inf. */
  readonly bounds: Float64Array;
  readonly #stride: number;
  #cells: Float64Array;

  /** Throws where the bounds do not ascend. */
  constructor(head: FamilyHead, bounds: readonly number[], budget: SeriesBudget) {
    const ascending = bounds.every(
      (bound, i) => Number.isFinite(bound) && bound > (bounds[i - 1] ?? -Infinity),
    );
    if (!ascending) throw new Error(`metrics: the bounds of ${head.name} do not ascend`);
    this.name = head.name;
    this.help = head.help;
    this.bounds = Float64Array.from(bounds);
    this.#stride = bounds.length + 2;
    // Written out as a line for each bucket, one for +Inf, the sum and the count.
    this.index = new SeriesIndex(budget, bounds.length + 3);
    this.#cells = new Float64Array(this.#stride * 4);
  }

  /** As Scalar.series. */
  series(labels: Labels = NO_LABELS): Series {
    const series = this.index.resolve(labels);
    if (this.index.size * this.#stride > this.#cells.length) this.#cells = grown(this.#cells);
    return series;
  }

  remove(labels: Labels): void {
    const series = this.index.remove(labels);
    if (series !== undefined) this.#cells.fill(0, series * this.#stride, (series + 1) * this.#stride);
  }

  observe(series: Series, value: number): void {
    const { bounds } = this;
    // Bounds are few and small values common: a linear search beats a binary one here.
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    const start = series * this.#stride;
    this.#cells[start + bucket]! += 1;
    this.#cells[start + this.#stride - 1]! += value;
  }

  /** Counts for each bucket (not cumulative), the one above the last bound included, and the sum. */
  read(series: Series): { readonly counts: Float64Array; readonly sum: number } {
    const start = series * this.#stride;
    const end = start + this.#stride - 1;
    return { counts: this.#cells.subarray(start, end), sum: this.#cells[end] ?? 0 };
  }
}

/** Values read at the moment of writing out: what somebody else counts already costs nothing in between. */
export interface Observed extends FamilyHead {
  readonly kind: 'counter' | 'gauge';
  read(): Iterable<readonly [labels: Labels, value: number]>;
}

export type Family = Counter | Gauge | Histogram;

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
