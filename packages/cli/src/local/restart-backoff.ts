// How long a process that ended waits before it is started again.

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maximumMs: number;
  /** A process that ran for so long is healthy again: the next restart counts as the first. */
  readonly resetAfterMs: number;
}

/** A user's process: patient, so that a broken one does not burn the laptop's battery. */
export const APPLICATION_BACKOFF: BackoffLimits = { firstMs: 200, maximumMs: 10_000, resetAfterMs: 30_000 };
/** Our own processes: back at once, since a whole workload waits for them; slower only when they keep ending. */
export const OWN_BACKOFF: BackoffLimits = { firstMs: 10, maximumMs: 5_000, resetAfterMs: 10_000 };

/** Restarts in a row, and when the first of them was (milliseconds of any clock). */
export interface RestartHistory {
  readonly restarts: number;
  readonly since: number;
}

export const NO_RESTARTS: RestartHistory = { restarts: 0, since: 0 };

/** The history with the end of a process that ran from `startedAt` to `now`, and the delay before its restart. */
export function nextRestart(
  history: RestartHistory,
  limits: BackoffLimits,
  startedAt: number,
  now: number,
): { readonly history: RestartHistory; readonly delayMs: number } {
  const fresh = history.restarts === 0 || now - startedAt >= limits.resetAfterMs;
  const restarts = fresh ? 1 : history.restarts + 1;
  const delayMs = Math.min(limits.maximumMs, limits.firstMs * 2 ** (restarts - 1));
  return { history: { restarts, since: fresh ? now : history.since }, delayMs };
}
