// How long to wait before trying again: exponential with full jitter, so that many clients that lost the same
// server do not come back in step.

export interface BackoffOptions {
  /** Upper bound of the first delay; doubles with each attempt. Default 100 ms. */
  readonly baseMs?: number;
  /** Upper bound of any delay. Default 15 s. */
  readonly capMs?: number;
  /** A number from 0 to below 1; for tests. */
  readonly random?: () => number;
}

export class Backoff {
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: BackoffOptions = {}) {
    this.#baseMs = options.baseMs ?? 100;
    this.#capMs = options.capMs ?? 15_000;
    this.#random = options.random ?? Math.random;
  }

  /** Delay in milliseconds before the next attempt. */
  next(): number {
    const bound = Math.min(this.#capMs, this.#baseMs * 2 ** this.#attempt);
    if (bound < this.#capMs) this.#attempt++;
    return Math.round(this.#random() * bound);
  }

  /** Call when an attempt has succeeded for good. */
  reset(): void {
    this.#attempt = 0;
  }
}
