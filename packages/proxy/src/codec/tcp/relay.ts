// Copies bytes between two connections: backpressure both ways, half-close passed on, closed when idle for too long.

import type { Socket } from 'node:net';
import type { ResponseFlag } from '@weft/common/response-flag';
import { abort } from '../../transport/abort.ts';
import { SlabWriter } from '../../transport/slab-writer.ts';
import { type Ticker, ticks } from '../../transport/ticker.ts';

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
  downstream: Socket,
  upstream: Socket,
  options: RelayOptions,
  done: (result: RelayResult) => void,
): void {
  const { ticker, onBytes } = options;
  const idleTicks = ticks(options.idleMs);
  let lastActive = ticker.now;
  let flag: ResponseFlag = '-';
  let isReset = false;
  let open = 2;

  const copy = (from: Socket, to: Socket): { bytes: number; reported: number } => {
    const count = { bytes: 0, reported: 0 };
    const writer = new SlabWriter(to);
    from.on('data', (chunk: Buffer) => {
      lastActive = ticker.now;
      count.bytes += chunk.length;
      if (!writer.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.on('error', () => {
      isReset = true;
    });
    from.on('close', () => {
      // After a reset the other side has to learn that the stream is not complete.
      if (!isReset) to.destroySoon();
      else abort(to);
      if (--open === 0) finish();
    });
    return count;
  };

  const sent = copy(downstream, upstream);
  const received = copy(upstream, downstream);
  const report = (): void => {
    if (sent.bytes === sent.reported && received.bytes === received.reported) return;
    onBytes?.(sent.bytes - sent.reported, received.bytes - received.reported);
    sent.reported = sent.bytes;
    received.reported = received.bytes;
  };
  const watcher = {
    onTick(tick: number): void {
      report();
      if (tick - lastActive < idleTicks) return;
      flag = 'SI';
      downstream.destroy();
      upstream.destroy();
    },
  };
  const finish = (): void => {
    ticker.unwatch(watcher);
    report();
    done({ sent: sent.bytes, received: received.bytes, flag });
  };
  ticker.watch(watcher);
  // A side that ended or closed before we listened will not say so again.
  for (const [side, other] of [
    [downstream, upstream],
    [upstream, downstream],
  ] as const) {
    if (side.closed) open--;
    if (side.destroyed) other.destroy();
    else if (side.readableEnded) other.end();
  }
  if (open === 0) finish();
  downstream.resume();
  upstream.resume();
}
