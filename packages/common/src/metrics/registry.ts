// The metrics of one process: families by name, and the budget that keeps their series bounded whatever the
// traffic brings. Written out by render.ts.

import { Counter, type Family, type FamilyHead, Gauge, Histogram, type Observed } from './family.ts';
import { NO_LABELS } from './labels.ts';
import type { SeriesBudget } from './series-index.ts';

export interface RegistryOptions {
  /**
   * Time series that may exist at once, counted as a Prometheus server does: a histogram with n bounds is n + 3.
   * Default 50,000, which is some 700 label sets of the request metrics and 2 MiB.
   */
  readonly maxSeries?: number;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const DEFAULT_MAX_SERIES = 50_000;

export class Registry {
  readonly #families = new Map<string, Family | Observed>();
  readonly #budget: SeriesBudget;
  readonly #beforeRender: (() => void)[] = [];
  #series = 0;
  #dropped = 0;

  constructor(options: RegistryOptions = {}) {
    const max = options.maxSeries ?? DEFAULT_MAX_SERIES;
    this.#budget = {
      take: (count) => {
        if (this.#series + count > max) {
          this.#dropped += 1;
          return false;
        }
        this.#series += count;
        return true;
      },
      give: (count) => {
        this.#series -= count;
      },
    };
    this.observe({
      kind: 'counter',
      name: 'weft_metrics_series_dropped_total',
      help: 'Label sets that were not recorded since the budget of series was used up.',
      read: () => [[NO_LABELS, this.#dropped]],
    });
  }

  /** A counter's name ends in `_total`. Throws where the name is taken or not allowed, as the others do. */
  counter(name: string, help: string): Counter {
    if (!name.endsWith('_total')) throw new Error(`metrics: the counter ${name} has to end in _total`);
    return this.#register(new Counter({ name, help }, this.#budget));
  }

  gauge(name: string, help: string): Gauge {
    return this.#register(new Gauge({ name, help }, this.#budget));
  }

  /** `bounds`: upper bounds, inclusive, ascending, without +Inf. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    return this.#register(new Histogram({ name, help }, bounds, this.#budget));
  }

  /** A counter or gauge whose series are read when they are written out; they are not part of the budget. */
  observe(observed: Observed): void {
    this.#register(observed);
  }

  /** Runs before the registry is written out: the moment to take out series that are no longer of use. */
  beforeRender(listener: () => void): void {
    this.#beforeRender.push(listener);
  }

  /** What is to be written out now, in the order of registration. */
  collect(): Iterable<Family | Observed> {
    for (const listener of this.#beforeRender) listener();
    return this.#families.values();
  }

  #register<F extends FamilyHead & (Family | Observed)>(family: F): F {
    if (!METRIC_NAME.test(family.name)) throw new Error(`metrics: '${family.name}' can not name a metric`);
    if (this.#families.has(family.name)) throw new Error(`metrics: ${family.name} is registered already`);
    this.#families.set(family.name, family);
    return family;
  }
}
