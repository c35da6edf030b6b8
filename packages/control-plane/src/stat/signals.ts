// Golden signals of any sum of flows: rate, success, percentiles, bytes, share of mesh mTLS.

import { REQUEST_BOUNDS } from '@weft/common/metrics/request-bounds';
import { BUCKETS, BYTES, COUNT, FAILED, MTLS, WIDTH } from './flow.ts';
import type { FlowWindow } from './proxy-history.ts';
import { quantile } from './quantile.ts';

export interface Signals {
  readonly protocol: 'http' | 'tcp';
  readonly rate: number;
  readonly success?: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly bytesPerSecond?: number;
  readonly mtls?: number;
  readonly total: number;
  readonly failed: number;
}

/** Adds windows up; rates first, since each proxy was scraped at its own times. */
export class SignalSum {
  readonly #sums = new Float64Array(WIDTH);
  readonly #totals = new Float64Array(WIDTH);
  #rate = 0;
  #bytesPerSecond = 0;
  #isHttp = false;

  add(window: FlowWindow): void {
    for (let column = 0; column < WIDTH; column++) {
      this.#sums[column]! += window.sums[column]!;
      this.#totals[column]! += window.totals[column]!;
    }
    if (window.key.protocol === 'http') this.#isHttp = true;
    if (window.seconds === 0) return;
    this.#rate += window.sums[COUNT]! / window.seconds;
    this.#bytesPerSecond += window.sums[BYTES]! / window.seconds;
  }

  signals(): Signals {
    const [count, failed, mtls] = [this.#sums[COUNT]!, this.#sums[FAILED]!, this.#sums[MTLS]!];
    // A connection can fail in a later window than the one that it was opened in.
    const tried = Math.max(count, failed);
    // Connections that were opened before the window and carry bytes in it say what they are by how they began.
    const isCarrying = !this.#isHttp && this.#sums[BYTES]! > 0;
    const opened = this.#totals[COUNT]!;
    return {
      protocol: this.#isHttp ? 'http' : 'tcp',
      rate: this.#rate,
      ...(tried > 0 ? { success: 1 - failed / tried } : isCarrying && { success: 1 }),
      ...(count > 0
        ? { mtls: mtls / count }
        : isCarrying && opened > 0 && { mtls: this.#totals[MTLS]! / opened }),
      ...(this.#isHttp ? this.#percentiles() : { bytesPerSecond: this.#bytesPerSecond }),
      total: this.#totals[COUNT]!,
      failed: this.#totals[FAILED]!,
    };
  }

  #percentiles(): Pick<Signals, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
    const cumulative = this.#sums.subarray(BUCKETS);
    const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((q) => quantile(q, REQUEST_BOUNDS, cumulative));
    return {
      ...(p50Ms !== undefined && { p50Ms }),
      ...(p95Ms !== undefined && { p95Ms }),
      ...(p99Ms !== undefined && { p99Ms }),
    };
  }
}
