// How long a connection has stood still, by ticks: what it waits for, and whether its peer is still there.

import { writePing } from './control-frames.ts';
import type { H2Limits } from './limits.ts';
import type { Output } from './output.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';

/** What a tick may have to lead to. */
export type Overdue = H2Refusal | 'idle' | 'lifetime' | undefined;

/** Tells our own PINGs apart when they come back. */
const KEEPALIVE = Buffer.from('weft\0\0\0\0', 'latin1');

export class Liveness {
  readonly #limits: H2Limits;
  readonly #output: Output;
  #hasRead = false;
  #begun = -1;
  /** Ticks since when: nothing was read, a frame is incomplete, no stream is open, a PING is not answered. */
  #silentSince = -1;
  #partialSince = -1;
  #idleSince = -1;
  #pingSince = -1;

  constructor(limits: H2Limits, output: Output) {
    this.#limits = limits;
    this.#output = output;
  }

  /** Something was read: the peer is there. */
  onRead(): void {
    this.#hasRead = true;
  }

  /** `isReady`: the peer's preface has come. `isPartial`: a frame or header block has begun and is not complete. */
  onTick(tick: number, isReady: boolean, isPartial: boolean, streams: number): Overdue {
    const limits = this.#limits;
    if (this.#begun < 0) this.#begun = tick;
    if (this.#hasRead || this.#silentSince < 0) {
      this.#hasRead = false;
      this.#silentSince = tick;
      this.#pingSince = -1;
    }
    this.#partialSince = since(isPartial, this.#partialSince, tick);
    this.#idleSince = since(streams === 0, this.#idleSince, tick);
    if (!isReady) return tick - this.#begun >= limits.prefaceTicks ? REFUSALS.slowPreface : undefined;
    if (isPartial && tick - this.#partialSince >= limits.partialTicks) return REFUSALS.slowHead;
    if (tick - this.#begun >= limits.lifetimeTicks) return 'lifetime';
    if (streams === 0) return tick - this.#idleSince >= limits.idleTicks ? 'idle' : undefined;
    return this.#checkSilence(tick);
  }

  #checkSilence(tick: number): H2Refusal | undefined {
    const { pingAfterTicks, pingTicks } = this.#limits;
    if (this.#pingSince >= 0) return tick - this.#pingSince >= pingTicks ? REFUSALS.keepalive : undefined;
    if (tick - this.#silentSince >= pingAfterTicks) {
      this.#pingSince = tick;
      writePing(this.#output, 0, KEEPALIVE, 0);
    }
    return undefined;
  }
}

function since(holds: boolean, before: number, tick: number): number {
  if (!holds) return -1;
  return before < 0 ? tick : before;
}
