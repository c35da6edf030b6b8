// How long an exchange may take: the route's limit for the whole of it, and the limit on silence.

import { type Ticker, ticks } from '../transport/ticker.ts';

/** Without a limit of the route's: nothing either way for so long. A silent WebSocket is not a broken one. */
const IDLE_TICKS = ticks(300_000);
const TUNNEL_IDLE_TICKS = ticks(3_600_000);

export class TimeLimits {
  /** The route's limit on silence. */
  idleTicks: number | undefined;
  readonly #ticker: Ticker;
  #lastTick: number;
  #timer: NodeJS.Timeout | undefined;
  #defaultIdleTicks = IDLE_TICKS;

  constructor(ticker: Ticker) {
    this.#ticker = ticker;
    this.#lastTick = ticker.now;
  }

  limitRequest(ms: number, onTimeout: () => void): void {
    this.#timer = setTimeout(onTimeout, ms);
  }

  /** What limits an answer does not limit a conversation. */
  becameTunnel(): void {
    this.stop();
    this.#defaultIdleTicks = TUNNEL_IDLE_TICKS;
  }

  /** Something moved. */
  touch(): void {
    this.#lastTick = this.#ticker.now;
  }

  isIdle(tick: number): boolean {
    return tick - this.#lastTick >= (this.idleTicks ?? this.#defaultIdleTicks);
  }

  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }
}
