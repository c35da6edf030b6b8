// A coarse clock for idle limits: one timer for all connections, running only while there are any.

/** Resolution of every idle limit. */
export const TICK_MS = 250;

export class Ticker {
  /** Ticks since the first use; compare, do not convert to wall time. */
  now = 0;
  readonly #watchers = new Set<Watcher>();
  #timer: NodeJS.Timeout | undefined;

  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(this.#tick, TICK_MS).unref();
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #tick = (): void => {
    this.now++;
    for (const watcher of this.#watchers) watcher.onTick(this.now);
  };
}

export interface Watcher {
  /** `tick` is Ticker.now. */
  onTick(tick: number): void;
}

/** Whole ticks for a limit in milliseconds, at least one. */
export function ticks(ms: number): number {
  return Math.max(1, Math.round(ms / TICK_MS));
}
