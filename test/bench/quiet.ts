// Waits for a quiet machine before a measurement: whoever else runs on the two cores ends up in the figures.
import { setTimeout as sleep } from 'node:timers/promises';
import { busyPercent, readCore } from './proc-fs.ts';

const WINDOW_MS = 300;
/** Busy percent of each core up to which the machine counts as quiet. */
const QUIET_PERCENT = 8;

/** Time in all that a run may spend on waiting, so that a machine which is never quiet still gives a result. */
export class QuietBudget {
  #leftMs: number;
  readonly #cores: readonly number[];

  constructor(seconds: number, cores: readonly number[]) {
    this.#leftMs = seconds * 1000;
    this.#cores = cores;
  }

  /** Resolves when every core was quiet for a window, or the budget is used up. */
  async wait(): Promise<void> {
    while (this.#leftMs > 0) {
      const before = this.#cores.map(readCore);
      await sleep(WINDOW_MS);
      const after = this.#cores.map(readCore);
      const isQuiet = before.every((reading, index) => {
        const later = after[index];
        return later !== undefined && busyPercent(reading, later) <= QUIET_PERCENT;
      });
      if (isQuiet) return;
      this.#leftMs -= WINDOW_MS;
    }
  }
}
