// How long a change takes until every connected proxy has accepted it: the time that users feel.

import type { ProxyStatus } from '@weft/api/control-plane-api';
import type { Registry } from '@weft/common/metrics/registry';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class Convergence {
  readonly #proxies: () => readonly ProxyStatus[];
  readonly #now: () => number;
  readonly #observe: (seconds: number) => void;
  /** Since when not every proxy has all, in milliseconds; undefined: every one has. */
  #since: number | undefined;

  /** `now`: a clock in milliseconds, for tests. */
  constructor(registry: Registry, proxies: () => readonly ProxyStatus[], now = () => performance.now()) {
    const help = 'Time from a change of the configuration until every connected proxy has accepted it.';
    const histogram = registry.histogram('weft_config_convergence_seconds', help, SECONDS);
    const series = histogram.series();
    this.#observe = (seconds) => histogram.observe(series, seconds);
    this.#proxies = proxies;
    this.#now = now;
  }

  /** The configuration was changed; changes that overlap are one, from the first of them. */
  changed(): void {
    if (!this.#proxies().every(isSettled)) this.#since ??= this.#now();
  }

  /** Something about the proxies is new: perhaps the last of them has accepted. */
  proxiesChanged(): void {
    if (this.#since === undefined || !this.#proxies().every(isSettled)) return;
    this.#observe((this.#now() - this.#since) / 1000);
    this.#since = undefined;
  }
}

/** Whoever is gone, or has refused something, is not waited for. */
function isSettled({ connected, synced, nacks }: ProxyStatus): boolean {
  return !connected || synced || nacks.length > 0;
}
