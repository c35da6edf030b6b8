// Waits for a condition on something outside of this process, which can only be asked.

import { setTimeout as sleep } from 'node:timers/promises';

const PERIOD_MS = 5;
/** So long that only what never comes misses it, on a machine that is busy with something else too. */
const LIMIT_MS = 60_000;

/**
 * Asks until the condition holds; resolves with the milliseconds that it took. A rejection counts as not yet.
 * Rejects after 60 s, with the last rejection where there was one. `periodMs`: between two looks, default 5.
 */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  periodMs = PERIOD_MS,
): Promise<number> {
  const started = performance.now();
  for (;;) {
    let failure: unknown;
    try {
      if (await condition()) return performance.now() - started;
    } catch (error) {
      failure = error;
    }
    if (performance.now() - started > LIMIT_MS) throw new Error(`not seen: ${what}`, { cause: failure });
    await sleep(periodMs);
  }
}
