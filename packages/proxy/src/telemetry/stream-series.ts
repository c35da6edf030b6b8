// The series of the streams of one kind between two peers: open ones, bytes each way, first byte and duration.

import type { Labels } from '@weft/common/metrics/labels';
import type { Series } from '@weft/common/metrics/series-index';
import type { StreamFamilies } from './stream-families.ts';
import type { StreamMetrics } from './traffic.ts';

type Resolved = Readonly<Record<keyof StreamFamilies, Series>>;

export class StreamSeries implements StreamMetrics {
  readonly #families: StreamFamilies;
  readonly #labels: Labels;
  #series: Resolved | undefined;
  #open = 0;
  /** When a sweep last saw a stream, or one that ended since the sweep before. */
  #usedAt = 0;
  #usedSinceSweep = false;

  constructor(families: StreamFamilies, labels: Labels) {
    this.#families = families;
    this.#labels = labels;
  }

  opened(): void {
    this.#series ??= this.#resolve();
    this.#open += 1;
    this.#usedSinceSweep = true;
    this.#families.active.add(this.#series.active, 1);
  }

  answered(ms: number): void {
    if (this.#series !== undefined) this.#families.firstByte.observe(this.#series.firstByte, ms);
  }

  bytes(sent: number, received: number): void {
    if (this.#series === undefined) return;
    // As with connections, the names are seen from the proxy: what the client sent was received.
    this.#families.receivedBytes.add(this.#series.receivedBytes, sent);
    this.#families.sentBytes.add(this.#series.sentBytes, received);
  }

  messages(sent: number, received: number): void {
    if (this.#series === undefined) return;
    this.#families.receivedMessages.add(this.#series.receivedMessages, sent);
    this.#families.sentMessages.add(this.#series.sentMessages, received);
  }

  closed(durationMs: number): void {
    if (this.#series === undefined) return;
    this.#open -= 1;
    this.#families.active.add(this.#series.active, -1);
    this.#families.duration.observe(this.#series.duration, durationMs);
  }

  /** Takes the series out where no stream was open since `before`; they come back from 0 with the next. */
  retireIdle(before: number, now: number): void {
    if (this.#open > 0 || this.#usedSinceSweep) {
      this.#usedAt = now;
      this.#usedSinceSweep = false;
      return;
    }
    if (this.#series === undefined || this.#usedAt >= before) return;
    for (const family of Object.values(this.#families)) family.remove(this.#labels);
    this.#series = undefined;
  }

  #resolve(): Resolved {
    const series = Object.entries(this.#families).map(([name, family]) => [
      name,
      family.series(this.#labels),
    ]);
    return Object.fromEntries(series) as Resolved;
  }
}
