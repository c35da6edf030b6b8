// How a proxy ends without failing a request (decision 0021):
//
//   live ─▶ withdrawing ─▶ draining ─▶ (closed)
//           not ready,     inbound: no new connections, `Connection: close`, GOAWAY; then the same outbound
//           serves all
//
// Clients that pick endpoints themselves go on for a moment after a proxy was told to end. So everything is served
// until whoever orders the end says that the endpoint has left all clients, or the grace is over.

import type { Logger } from '@weft/common/logger/logger';
import type { Side } from './listener/side.ts';

export interface DrainTimes {
  /** How long everything is served while nobody has said that no client uses the endpoint any more. */
  readonly graceMs: number;
  /** What is not over so long after the end was asked for is cut. */
  readonly limitMs: number;
}

export type DrainPhase = 'live' | 'withdrawing' | 'draining';

/** A moment without connections is no end of them: an application that ends makes its last calls one by one. */
const QUIET_MS = 1_000;
const LOOK_MS = 50;

export class Drain {
  readonly #inbound: Side;
  readonly #outbound: Side;
  readonly #times: DrainTimes;
  readonly #log: Logger;
  readonly #withdrawn = new AbortController();
  readonly #cut = new AbortController();
  #phase: DrainPhase = 'live';
  #inboundOver: Promise<void> | undefined;
  #over: Promise<void> | undefined;

  constructor(sides: { readonly inbound: Side; readonly outbound: Side }, times: DrainTimes, log: Logger) {
    this.#inbound = sides.inbound;
    this.#outbound = sides.outbound;
    this.#times = times;
    this.#log = log;
  }

  get phase(): DrainPhase {
    return this.#phase;
  }

  /** Readiness fails from now on; inbound is drained after the grace. The way out stays open. Idempotent. */
  begin(): void {
    this.#inboundOver ??= this.#drainInbound();
  }

  /** No client uses the endpoint any more: nothing has to be waited for. */
  withdrawn(): void {
    this.begin();
    this.#withdrawn.abort();
  }

  /** Ends both sides; resolves when no connection is left, at the latest at the limit. */
  end(limitMs = this.#times.limitMs): Promise<void> {
    this.#over ??= this.#end(limitMs);
    return this.#over;
  }

  async #drainInbound(): Promise<void> {
    this.#phase = 'withdrawing';
    const { graceMs } = this.#times;
    this.#log.info('draining', { ...this.#counts(), graceMs });
    if (graceMs > 0) await pause(graceMs, this.#withdrawn.signal);
    this.#phase = 'draining';
    await this.#inbound.drain(this.#cut.signal);
  }

  async #end(limitMs: number): Promise<void> {
    const limit = setTimeout(() => {
      this.#log.warn('cut what was not over in time', { ...this.#counts(), limitMs });
      this.withdrawn();
      this.#cut.abort();
    }, limitMs);
    this.begin();
    await this.#inboundOver;
    this.#outbound.tell();
    // An orderly end comes after the application's.
    if (this.#times.graceMs > 0 && !this.#withdrawn.signal.aborted) await this.#untilQuiet();
    await this.#outbound.drain(this.#cut.signal);
    clearTimeout(limit);
  }

  /** Until the application has had no connection for a while. */
  async #untilQuiet(): Promise<void> {
    for (let quietMs = 0; quietMs < QUIET_MS && !this.#withdrawn.signal.aborted; quietMs += LOOK_MS) {
      await pause(LOOK_MS, this.#withdrawn.signal);
      if (this.#outbound.connections > 0) quietMs = 0;
    }
  }

  #counts(): { readonly inbound: number; readonly outbound: number } {
    return { inbound: this.#inbound.connections, outbound: this.#outbound.connections };
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
