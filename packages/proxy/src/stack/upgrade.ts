// After a 101 the two connections are a tunnel: bytes both ways, with what had already arrived first.

import { type RelayResult, relay } from '../codec/tcp/relay.ts';
import type { Ticker } from '../transport/ticker.ts';
import type { Detached } from './http.ts';

/** A silent WebSocket is not a broken one. */
const IDLE_MS = 3_600_000;

export function relayUpgraded(
  downstream: Detached,
  upstream: Detached,
  ticker: Ticker,
  done: (result: RelayResult) => void,
): void {
  if (downstream.rest !== undefined) upstream.socket.write(downstream.rest);
  if (upstream.rest !== undefined) downstream.socket.write(upstream.rest);
  relay(downstream.socket, upstream.socket, { ticker, idleMs: IDLE_MS }, done);
}
