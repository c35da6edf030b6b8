// HTTP/2 connections to one endpoint, each with many streams: one until it is full, then another.

import { H2ClientConnection, type H2ClientOwner } from '../codec/h2/client-connection.ts';
import { CLIENT_LIMITS, type H2Limits } from '../codec/h2/limits.ts';
import type { Dialer, DialResult, DialTarget } from '../transport/dialer.ts';
import { type Ticker, ticks } from '../transport/ticker.ts';
import type { StreamPool, StreamTaker } from './stream-pool.ts';
import { TUNNEL_CLIENT_LIMITS } from './tunnel-limits.ts';

/** A connection without streams is closed after so long. To open one to a sidecar costs a TLS handshake. */
const PLAIN_LIMITS: H2Limits = { ...CLIENT_LIMITS, idleTicks: ticks(60_000) };
const MESH_LIMITS: H2Limits = { ...CLIENT_LIMITS, idleTicks: ticks(300_000) };
/** More wait for a stream that ends: an endpoint that allows one stream for each connection must not take them all. */
const MAX_CONNECTIONS = 256;

/** What the streams are for: requests, those of HTTP/1.1 clients to a sidecar, or the bytes of TCP connections to one. */
export type Http2Protocol = 'http2' | 'http1-streams' | 'tunnel';

export class Http2Pool implements StreamPool, H2ClientOwner {
  readonly #target: DialTarget;
  readonly #protocol: Http2Protocol;
  readonly #dial: Dialer;
  readonly #ticker: Ticker;
  readonly #connectTimeoutMs: number;
  readonly #limits: H2Limits;
  readonly #fallBack: () => StreamPool | undefined;
  /** Another array after each change: it may be gone through while connections go. */
  #connections: readonly H2ClientConnection[] = [];
  /** In order of their coming. */
  readonly #waiting = new Set<StreamTaker>();
  #cancelDial: (() => void) | undefined;
  /** Where those who waited went last. */
  #other: StreamPool | undefined;
  #isClosed = false;

  /**
   * `fallBack` is asked where the endpoint turns out to know no HTTP/2: those who wait are served from there.
   */
  constructor(
    target: DialTarget,
    protocol: Http2Protocol,
    dial: Dialer,
    ticker: Ticker,
    connectTimeoutMs: number,
    fallBack: () => StreamPool | undefined = () => undefined,
  ) {
    this.#target = target;
    this.#protocol = protocol;
    this.#dial = dial;
    this.#ticker = ticker;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#limits =
      protocol === 'tunnel'
        ? TUNNEL_CLIENT_LIMITS
        : target.identity === undefined
          ? PLAIN_LIMITS
          : MESH_LIMITS;
    this.#fallBack = fallBack;
  }

  get size(): number {
    return this.#connections.length;
  }

  get idle(): number {
    return this.#connections.filter(({ activeStreams }) => activeStreams === 0).length;
  }

  acquire(taker: StreamTaker): void {
    const connection = this.#waiting.size === 0 ? this.#leastBusy() : undefined;
    if (connection !== undefined) return taker.onStream(connection.open());
    this.#waiting.add(taker);
    this.#dialAnother();
  }

  /** Streams are spread over the connections that there are: each is one core's work at the other end. */
  #leastBusy(): H2ClientConnection | undefined {
    let best: H2ClientConnection | undefined;
    for (const connection of this.#connections) {
      if (connection.isUsable && (best === undefined || connection.activeStreams < best.activeStreams))
        best = connection;
    }
    return best;
  }

  cancel(taker: StreamTaker): void {
    if (!this.#waiting.delete(taker)) this.#other?.cancel(taker);
  }

  // --- dialling --------------------------------------------------------------------------------------------

  /** One at a time, its settings included, which say how many streams it takes: it may be enough for all who wait. */
  #dialAnother(): void {
    if (this.#cancelDial !== undefined || this.#isClosed || this.#connections.length >= MAX_CONNECTIONS)
      return;
    if (this.#connections.some(({ speaks }) => speaks === 'unknown')) return;
    let isDone = false;
    const cancel = this.#dial(this.#target, this.#protocol, this.#connectTimeoutMs, (result) => {
      isDone = true;
      this.#cancelDial = undefined;
      this.#onDialled(result);
    });
    if (!isDone) this.#cancelDial = cancel;
  }

  #onDialled(result: DialResult): void {
    if (result.kind === 'failed') {
      // Connections that are full come free again: nobody has to learn of this one.
      if (this.#connections.length === 0) this.#failWaiting(result.reason);
      return;
    }
    if (this.#connections.length === 0) this.#ticker.watch(this);
    const connection = new H2ClientConnection(result.socket, this, this.#limits);
    this.#connections = [...this.#connections, connection];
    if (connection.isUsable) this.onAvailable(connection);
  }

  #failWaiting(reason: string): void {
    for (const taker of this.#takeWaiting()) taker.onConnectFailed(reason);
  }

  #takeWaiting(): StreamTaker[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }

  // --- H2ClientOwner ---------------------------------------------------------------------------------------

  onAvailable(connection: H2ClientConnection): void {
    const before = this.#waiting.size;
    for (const taker of this.#waiting) {
      if (!connection.isUsable) break;
      this.#waiting.delete(taker);
      taker.onStream(connection.open());
    }
    // Only where this one helped: an endpoint that allows no streams is not dialled again and again.
    if (this.#waiting.size > 0 && this.#waiting.size < before) this.#dialAnother();
  }

  onDraining(connection: H2ClientConnection): void {
    if (connection.speaks !== 'http2') this.#onStillborn(connection);
    else if (this.#waiting.size > 0) this.#dialAnother();
  }

  onGone(connection: H2ClientConnection): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
    if (this.#connections.length === 0) this.#ticker.unwatch(this);
    if (connection.speaks !== 'http2') this.#onStillborn(connection);
    else if (this.#waiting.size > 0) this.#dialAnother();
  }

  /** It ended before its settings came. Nothing was sent on it. */
  #onStillborn({ speaks, failure }: H2ClientConnection): void {
    const other = speaks === 'other' ? this.#fallBack() : undefined;
    if (other === undefined) return this.#failWaiting(failure?.details ?? 'closed_before_settings');
    this.#other = other;
    for (const taker of this.#takeWaiting()) other.acquire(taker);
  }

  onTick(tick: number): void {
    for (const connection of this.#connections) connection.onTick(tick);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelDial?.();
    this.#cancelDial = undefined;
    this.#failWaiting('endpoint_removed');
    for (const connection of this.#connections) connection.close();
  }
}
