// HTTP/1.1 connections to one endpoint: idle ones are reused newest first, requests wait for the next that is free.

import type { Endpoint } from '@weft/api/proxy-config/types';
import { H1ClientConnection } from '../codec/h1/client-connection.ts';
import type { Dialer, DialResult } from '../transport/dialer.ts';
import { type Ticker, ticks } from '../transport/ticker.ts';
import type { StreamPool, StreamTaker } from './stream-pool.ts';

/**
 * An idle connection is closed after so long, or sooner where the server announced its own limit (Keep-Alive:
 * timeout=…): a request must not meet a connection that is being closed.
 */
const IDLE_MS = 60_000;
/** Idle connections that are kept for one endpoint. */
const MAX_IDLE = 512;

export class Http1Pool implements StreamPool {
  #endpoint: Endpoint;
  #dial: Dialer;
  #ticker: Ticker;
  #connectTimeoutMs: number;
  #idle: H1ClientConnection[] = [];
  #waiting: StreamTaker[] = [];
  #all = new Set<H1ClientConnection>();
  #dials = new Set<() => void>();
  #isClosed = false;

  constructor(endpoint: Endpoint, dial: Dialer, ticker: Ticker, connectTimeoutMs: number) {
    this.#endpoint = endpoint;
    this.#dial = dial;
    this.#ticker = ticker;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  get size(): number {
    return this.#all.size;
  }

  get idle(): number {
    return this.#idle.length;
  }

  acquire(taker: StreamTaker): void {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (!connection.isUsable) continue;
      taker.onStream(connection);
      return;
    }
    this.#waiting.push(taker);
    if (this.#dials.size < this.#waiting.length) this.#open();
  }

  cancel(taker: StreamTaker): void {
    const at = this.#waiting.indexOf(taker);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #open(): void {
    let isDone = false;
    let cancel = (): void => {};
    cancel = this.#dial(this.#endpoint, 'http1', this.#connectTimeoutMs, (result) => {
      isDone = true;
      this.#dials.delete(cancel);
      this.#onDialled(result);
    });
    if (!isDone) this.#dials.add(cancel);
  }

  #onDialled(result: DialResult): void {
    if (result.kind === 'failed') {
      // Dials that are still under way are enough for those who wait: nobody has to learn of this one.
      if (this.#dials.size < this.#waiting.length) this.#waiting.shift()?.onConnectFailed(result.reason);
      return;
    }
    const connection = new H1ClientConnection(result.socket, this);
    if (this.#all.size === 0) this.#ticker.watch(this);
    this.#all.add(connection);
    this.onFree(connection);
  }

  onFree(connection: H1ClientConnection): void {
    connection.freeSince = this.#ticker.now;
    const taker = this.#waiting.shift();
    if (taker !== undefined) taker.onStream(connection);
    else if (this.#isClosed || this.#idle.length >= MAX_IDLE) connection.close();
    else this.#idle.push(connection);
  }

  onGone(connection: H1ClientConnection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#all.size === 0) this.#ticker.unwatch(this);
  }

  /** Closes what has been idle for too long; the oldest are in front. */
  onTick(tick: number): void {
    const stale = this.#idle.filter((connection) => tick - connection.freeSince >= idleTicks(connection));
    for (const connection of stale) connection.close();
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#dials) cancel();
    this.#dials.clear();
    for (const taker of this.#waiting.splice(0)) taker.onConnectFailed('endpoint_removed');
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}

function idleTicks({ keepAliveSeconds }: H1ClientConnection): number {
  // One second early: the server's clock started before ours.
  const announced = keepAliveSeconds === undefined ? IDLE_MS : Math.max(500, keepAliveSeconds * 1000 - 1000);
  return ticks(Math.min(IDLE_MS, announced));
}
