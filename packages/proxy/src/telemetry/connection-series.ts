// The connection series of one label set: opened, closed by flag, and bytes each way.

import type { Series } from '@weft/common/metrics/series-index';
import type { ResponseFlag } from '@weft/common/response-flag';
import type { IstioFamilies } from './istio-families.ts';
import { connectionLabels, type PeerLabels } from './istio-labels.ts';
import type { ConnectionMetrics } from './traffic.ts';

interface LiveSeries {
  readonly opened: Series;
  readonly sent: Series;
  readonly received: Series;
}

export class ConnectionSeries implements ConnectionMetrics {
  readonly #families: IstioFamilies;
  readonly #peers: PeerLabels;
  readonly #closed = new Map<ResponseFlag, Series>();
  #live: LiveSeries | undefined;
  #active = 0;
  /** When a sweep last saw a connection, or one that ended since the sweep before. */
  #usedAt = 0;
  #usedSinceSweep = false;

  constructor(families: IstioFamilies, peers: PeerLabels) {
    this.#families = families;
    this.#peers = peers;
  }

  opened(): void {
    this.#live ??= this.#resolve();
    this.#active += 1;
    this.#usedSinceSweep = true;
    this.#families.opened.add(this.#live.opened);
  }

  bytes(sent: number, received: number): void {
    if (this.#live === undefined) return;
    // Istio counts from the client's end: what the client sent was received, and the answer was sent.
    this.#families.receivedBytes.add(this.#live.received, sent);
    this.#families.sentBytes.add(this.#live.sent, received);
  }

  closed(flag: ResponseFlag): void {
    let series = this.#closed.get(flag);
    if (series === undefined) {
      series = this.#families.closed.series(connectionLabels(this.#peers, flag));
      this.#closed.set(flag, series);
    }
    this.#active -= 1;
    this.#families.closed.add(series);
  }

  /** Takes the series out where no connection was open since `before`; they come back from 0 with the next. */
  retireIdle(before: number, now: number): void {
    if (this.#active > 0 || this.#usedSinceSweep) {
      this.#usedAt = now;
      this.#usedSinceSweep = false;
      return;
    }
    if (this.#live === undefined || this.#usedAt >= before) return;
    const { opened, closed, sentBytes, receivedBytes } = this.#families;
    const labels = connectionLabels(this.#peers, '-');
    for (const family of [opened, sentBytes, receivedBytes]) family.remove(labels);
    for (const flag of this.#closed.keys()) closed.remove(connectionLabels(this.#peers, flag));
    this.#closed.clear();
    this.#live = undefined;
  }

  #resolve(): LiveSeries {
    const labels = connectionLabels(this.#peers, '-');
    const { opened, sentBytes, receivedBytes } = this.#families;
    return {
      opened: opened.series(labels),
      sent: sentBytes.series(labels),
      received: receivedBytes.series(labels),
    };
  }
}
