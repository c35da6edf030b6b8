// A flow: traffic between two workloads as one proxy reports it, in increments for each scrape. What is kept is
// one row of numbers for each of the last scrapes, so that any window of them can be summed.

import { REQUEST_BOUNDS } from '@weft/common/metrics/request-bounds';

/** Who talks to whom; `unknown` as in the metrics' labels. */
export interface FlowKey {
  readonly reporter: string;
  readonly protocol: 'http' | 'tcp';
  readonly sourceNamespace: string;
  readonly source: string;
  readonly namespace: string;
  readonly workload: string;
  readonly version: string;
  readonly serviceNamespace: string;
  readonly service: string;
}

/** Columns of a row. Requests (http) or connections opened (tcp); how many failed; how many over mesh mTLS. */
export const COUNT = 0;
export const FAILED = 1;
export const MTLS = 2;
/** Bytes both ways (tcp). */
export const BYTES = 3;
/** The first of the cumulative latency buckets, one for each of REQUEST_BOUNDS and one for all. */
export const BUCKETS = 4;
export const WIDTH = BUCKETS + REQUEST_BOUNDS.length + 1;

export class Flow {
  readonly key: FlowKey;
  /** Sums since the proxy started; restarts of the proxy under the same name are added up. */
  readonly totals = new Float64Array(WIDTH);
  readonly #rows: Float64Array;

  /** `scrapes`: how many of them are kept. */
  constructor(key: FlowKey, scrapes: number) {
    this.key = key;
    this.#rows = new Float64Array(scrapes * WIDTH);
  }

  /** Makes the row of an old scrape the empty one of a new scrape. */
  clear(row: number): void {
    this.#rows.fill(0, row * WIDTH, (row + 1) * WIDTH);
  }

  add(row: number, column: number, increment: number): void {
    this.#rows[row * WIDTH + column]! += increment;
  }

  /** Adds the row's numbers to `sums`, which has WIDTH of them. */
  addTo(sums: Float64Array, row: number): void {
    for (let column = 0; column < WIDTH; column++) sums[column]! += this.#rows[row * WIDTH + column]!;
  }
}
