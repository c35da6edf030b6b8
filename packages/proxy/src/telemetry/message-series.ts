// The counters of gRPC messages of one label set, added to while calls run.

import type { Series } from '@weft/common/metrics/series-index';
import type { IstioFamilies } from './istio-families.ts';
import { type PeerLabels, runningLabels } from './istio-labels.ts';

export class MessageSeries {
  readonly #families: IstioFamilies;
  readonly #peers: PeerLabels;
  #series: { readonly requests: Series; readonly responses: Series } | undefined;
  /** When a sweep last saw that messages had come since the sweep before. */
  #usedAt = 0;
  #usedSinceSweep = false;

  constructor(families: IstioFamilies, peers: PeerLabels) {
    this.#families = families;
    this.#peers = peers;
  }

  add(sent: number, received: number): void {
    this.#series ??= this.#resolve();
    this.#usedSinceSweep = true;
    this.#families.requestMessages.add(this.#series.requests, sent);
    this.#families.responseMessages.add(this.#series.responses, received);
  }

  /** Takes the series out where no message came since `before`; they come back from 0 with the next. */
  retireIdle(before: number, now: number): void {
    if (this.#usedSinceSweep) {
      this.#usedAt = now;
      this.#usedSinceSweep = false;
      return;
    }
    if (this.#series === undefined || this.#usedAt >= before) return;
    const labels = runningLabels(this.#peers);
    this.#families.requestMessages.remove(labels);
    this.#families.responseMessages.remove(labels);
    this.#series = undefined;
  }

  #resolve(): { readonly requests: Series; readonly responses: Series } {
    const labels = runningLabels(this.#peers);
    return {
      requests: this.#families.requestMessages.series(labels),
      responses: this.#families.responseMessages.series(labels),
    };
  }
}
