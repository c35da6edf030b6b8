// Copies bytes between two channels: backpressure both ways, half-close passed on, closed when idle for too long.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { ByteChannel, ByteChannelOwner } from '../../transport/byte-channel.ts';
import { type Ticker, ticks, type Watcher } from '../../transport/ticker.ts';

export interface RelayOptions {
  readonly ticker: Ticker;
  /** Nothing either way for so long: both are closed. */
  readonly idleMs: number;
  /** Called at least every tick with what moved since the last call. */
  readonly onBytes?: (sent: number, received: number) => void;
}

export interface RelayResult {
  /** Bytes from downstream to upstream, and back. */
  readonly sent: number;
  readonly received: number;
  readonly flag: ResponseFlag;
}

/** Relays until both sides are closed; `done` is called once. */
export function relay(
  downstream: ByteChannel,
  upstream: ByteChannel,
  options: RelayOptions,
  done: (result: RelayResult) => void,
): void {
  new Relay(downstream, upstream, options, done).start();
}

class Relay implements Watcher {
  lastActive: number;
  readonly ticker: Ticker;
  readonly #idleTicks: number;
  readonly #onBytes: RelayOptions['onBytes'];
  readonly #done: (result: RelayResult) => void;
  readonly #sent: Way;
  readonly #received: Way;
  #flag: ResponseFlag = '-';
  #open = 2;

  constructor(
    downstream: ByteChannel,
    upstream: ByteChannel,
    options: RelayOptions,
    done: (result: RelayResult) => void,
  ) {
    this.ticker = options.ticker;
    this.lastActive = options.ticker.now;
    this.#idleTicks = ticks(options.idleMs);
    this.#onBytes = options.onBytes;
    this.#done = done;
    this.#sent = new Way(this, downstream, upstream);
    this.#received = new Way(this, upstream, downstream);
  }

  start(): void {
    this.ticker.watch(this);
    this.#sent.start();
    this.#received.start();
  }

  onTick(tick: number): void {
    this.#report();
    if (tick - this.lastActive < this.#idleTicks) return;
    // Who does not take what is left either is cut off a tick later.
    const isLate = this.#flag === 'SI';
    this.#flag = 'SI';
    this.#sent.giveUp(isLate);
    this.#received.giveUp(isLate);
  }

  onSideClosed(): void {
    if (--this.#open > 0) return;
    this.ticker.unwatch(this);
    this.#report();
    this.#done({ sent: this.#sent.bytes, received: this.#received.bytes, flag: this.#flag });
  }

  #report(): void {
    const sent = this.#sent.takeNew();
    const received = this.#received.takeNew();
    if (sent > 0 || received > 0) this.#onBytes?.(sent, received);
  }
}

/** What one side says, passed on to the other. */
class Way implements ByteChannelOwner {
  bytes = 0;
  #reported = 0;
  readonly #relay: Relay;
  readonly #from: ByteChannel;
  readonly #to: ByteChannel;

  constructor(relay: Relay, from: ByteChannel, to: ByteChannel) {
    this.#relay = relay;
    this.#from = from;
    this.#to = to;
  }

  start(): void {
    this.#from.start(this);
  }

  onData(chunk: Buffer): boolean {
    this.#relay.lastActive = this.#relay.ticker.now;
    this.bytes += chunk.length;
    return this.#to.write(chunk);
  }

  onFlush(): void {
    this.#to.flush();
  }

  onEnd(): void {
    this.#to.end();
  }

  /** Where the bytes come from takes some again: the other side may go on. */
  onDrain(): void {
    this.#to.resume();
  }

  onClose(isReset: boolean): void {
    // After a reset the other side has to learn that the stream is not complete.
    if (isReset) this.#to.abort();
    else this.#to.close();
    this.#relay.onSideClosed();
  }

  giveUp(isLate: boolean): void {
    if (isLate) this.#from.abort();
    else this.#from.close();
  }

  /** Bytes since the last call. */
  takeNew(): number {
    const bytes = this.bytes - this.#reported;
    this.#reported = this.bytes;
    return bytes;
  }
}
