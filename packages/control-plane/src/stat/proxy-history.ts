// What one proxy reported over its last scrapes: counters become increments, so that windows, restarts and
// several proxies can simply be summed.

import { parseSamples } from '@weft/common/prometheus-text/parse';
import { Flow, type FlowKey, WIDTH } from './flow.ts';
import { meaningOf, SAMPLES } from './series.ts';

interface Series {
  readonly flow: Flow;
  readonly columns: readonly number[];
  last: number;
  /** Number of the scrape that last had it. */
  seen: number;
}

/** Sums of one flow over a window. */
export interface FlowWindow {
  readonly key: FlowKey;
  /** Columns as in flow.ts. */
  readonly sums: Float64Array;
  readonly totals: Float64Array;
  /** What the sums have to be divided by for rates; 0 while there are no two scrapes. */
  readonly seconds: number;
}

export class ProxyHistory {
  readonly #scrapes: number;
  /** Epoch milliseconds of each kept scrape; the row of scrape n is n modulo their number. */
  readonly #times: Float64Array;
  /** By the name of the sample, then by its label set as written. */
  readonly #series = new Map<string, Map<string, Series>>();
  readonly #flows = new Map<string, Flow>();
  #count = 0;

  /** `scrapes`: how many of them are kept. */
  constructor(scrapes: number) {
    this.#scrapes = scrapes;
    this.#times = new Float64Array(scrapes);
  }

  /** Takes the answer to a scrape, in the Prometheus text format. */
  ingest(text: Buffer, timeMs: number): void {
    const scrape = this.#count++;
    const row = scrape % this.#scrapes;
    this.#times[row] = timeMs;
    for (const flow of this.#flows.values()) flow.clear(row);
    parseSamples(text, SAMPLES, (name, labels, value) => {
      const series = this.#series.get(name)?.get(labels) ?? this.#addSeries(name, labels);
      if (series === undefined) return;
      // A counter that went back started again from 0: its proxy was restarted.
      const increment = value >= series.last ? value - series.last : value;
      series.last = value;
      series.seen = scrape;
      for (const column of series.columns) {
        series.flow.totals[column]! += increment;
        // When the counts of the first scrape came about is not known.
        if (scrape > 0) series.flow.add(row, column, increment);
      }
    });
    for (const byLabels of this.#series.values()) {
      for (const [labels, series] of byLabels) {
        // Should it come back, it starts from 0.
        if (series.seen !== scrape) byLabels.delete(labels);
      }
    }
  }

  /** Every flow, summed over the scrapes after `sinceMs`. */
  *windows(sinceMs: number): Iterable<FlowWindow> {
    const rows: number[] = [];
    const oldest = Math.max(0, this.#count - this.#scrapes);
    let scrape = this.#count - 1;
    for (; scrape > oldest && this.#timeOf(scrape) > sinceMs; scrape--) rows.push(scrape % this.#scrapes);
    // The increments of a scrape came about since the one before it.
    const seconds = rows.length === 0 ? 0 : (this.#timeOf(this.#count - 1) - this.#timeOf(scrape)) / 1000;
    for (const flow of this.#flows.values()) {
      const sums = new Float64Array(WIDTH);
      for (const row of rows) flow.addTo(sums, row);
      yield { key: flow.key, sums, totals: flow.totals, seconds };
    }
  }

  #timeOf(scrape: number): number {
    return this.#times[scrape % this.#scrapes]!;
  }

  #addSeries(name: string, labels: string): Series | undefined {
    const meaning = meaningOf(name, labels);
    if (meaning === undefined) return undefined;
    const flowName = Object.values(meaning.flow).join('|');
    let flow = this.#flows.get(flowName);
    if (flow === undefined) {
      flow = new Flow(meaning.flow, this.#scrapes);
      this.#flows.set(flowName, flow);
    }
    const series = { flow, columns: meaning.columns, last: 0, seen: 0 };
    const byLabels = this.#series.get(name) ?? new Map<string, Series>();
    this.#series.set(name, byLabels.set(labels, series));
    return series;
  }
}
