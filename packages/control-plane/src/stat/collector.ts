// Scrapes every proxy's metrics at an interval and answers what traffic there was in the last seconds.

import { Agent } from 'node:http';
import type { DetectedPort, EdgeRow, StatRow } from '@weft/api/control-plane-api';
import type { Logger } from '@weft/common/logger/logger';
import { detectedPorts } from './detected.ts';
import { type FlowWindow, ProxyHistory } from './proxy-history.ts';
import { edgeRows, type ServedWorkload, statRows } from './rows.ts';
import { type ScrapeTarget, scrape } from './scrape.ts';

export interface CollectorOptions {
  /** Asked before each round; a proxy that is not named any more is forgotten. */
  readonly targets: () => readonly ScrapeTarget[];
  readonly log: Logger;
  /** Default 1000. */
  readonly intervalMs?: number;
  /** Scrapes that are kept of each proxy; default 60. */
  readonly history?: number;
}

/** Rows are over the last so many milliseconds. */
const WINDOW_MS = 10_000;

export class StatCollector implements AsyncDisposable {
  readonly #options: CollectorOptions;
  readonly #intervalMs: number;
  readonly #histories = new Map<string, ProxyHistory>();
  /** As the last scrape of each proxy told. */
  readonly #detected = new Map<string, readonly DetectedPort[]>();
  /** Proxies that did not answer the last time: a failure is logged once. */
  readonly #failing = new Set<string>();
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #stopping = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? 1000;
    this.#timer = setInterval(() => void this.scrapeAll(), this.#intervalMs);
  }

  /** One round, beside those of the interval. Never rejects; a proxy that is still being asked is left out. */
  async scrapeAll(): Promise<void> {
    const targets = this.#options.targets();
    const named = new Set(targets.map(({ id }) => id));
    for (const id of this.#histories.keys()) {
      if (named.has(id)) continue;
      this.#histories.delete(id);
      this.#detected.delete(id);
    }
    for (const target of targets) {
      if (this.#inFlight.has(target.id)) continue;
      const round = this.#scrapeOne(target).finally(() => this.#inFlight.delete(target.id));
      this.#inFlight.set(target.id, round);
    }
    await Promise.all(this.#inFlight.values());
  }

  statRows(served: Iterable<ServedWorkload>): StatRow[] {
    return statRows(this.#windows(), served);
  }

  edgeRows(): EdgeRow[] {
    return edgeRows(this.#windows());
  }

  detected(): DetectedPort[] {
    return [...this.#detected.values()].flat();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await Promise.all(this.#inFlight.values());
    this.#agent.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  *#windows(): Iterable<FlowWindow> {
    const since = Date.now() - WINDOW_MS;
    for (const history of this.#histories.values()) yield* history.windows(since);
  }

  async #scrapeOne(target: ScrapeTarget): Promise<void> {
    const { log, history: scrapes = 60 } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(this.#intervalMs * 5)]);
    try {
      const text = await scrape(target, this.#agent, signal);
      const history = this.#histories.get(target.id) ?? new ProxyHistory(scrapes);
      history.ingest(text, Date.now());
      this.#histories.set(target.id, history);
      this.#detected.set(target.id, detectedPorts(text, target.id));
      this.#failing.delete(target.id);
    } catch (error) {
      if (this.#stopping.signal.aborted || this.#failing.has(target.id)) return;
      this.#failing.add(target.id);
      log.warn('the metrics of a proxy can not be read', { proxy: target.id, port: target.port, error });
    }
  }
}
