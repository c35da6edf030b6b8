// One downstream HTTP/1.1 connection: an Exchange for each request, limits on connections that stand still.

import type { Socket } from 'node:net';
import type { H1Refusal } from '../codec/h1/refusal.ts';
import {
  H1ServerConnection,
  type ServerConnectionOwner,
  type WaitsFor,
} from '../codec/h1/server-connection.ts';
import { shareReads } from '../transport/shared-read.ts';
import { ticks, type Watcher } from '../transport/ticker.ts';
import type { ConnectionContext } from './connection-context.ts';
import { Exchange, type HttpService } from './exchange.ts';
import { recordRefusal } from './session.ts';

/** How long a connection without a request in progress may stay as it is, by what it waits for. */
const LIMITS: Readonly<Record<WaitsFor, number>> = {
  // Applications close theirs much sooner.
  request: ticks(3_600_000),
  // What is slow to come holds a connection and nothing else.
  'rest of head': ticks(60_000),
  'rest of body': ticks(60_000),
  // A client that does not take the end of its answer.
  reader: ticks(300_000),
  nothing: Number.POSITIVE_INFINITY,
};
/** While draining: a request that is on its way already is answered, and says `Connection: close`. */
const DRAIN_TICKS = ticks(1_000);

export class Http1Session implements ServerConnectionOwner, Watcher {
  readonly #context: ConnectionContext;
  readonly #service: HttpService;
  readonly #connection: H1ServerConnection;
  #exchange: Exchange | undefined;
  /** What the connection was last seen to wait for, and since which tick. */
  #waitsFor: WaitsFor = 'request';
  #since: number;
  /** Tick at which the end was asked for. */
  #drainingSince: number | undefined;
  readonly #onClose: (session: Http1Session) => void;

  /** `service` is asked for each request, which keeps what it began with. */
  constructor(
    socket: Socket,
    context: ConnectionContext,
    service: HttpService,
    onClose: (session: Http1Session) => void,
  ) {
    this.#context = context;
    this.#service = service;
    this.#onClose = onClose;
    this.#connection = new H1ServerConnection(shareReads(socket), this);
    this.#since = context.ticker.now;
    context.ticker.watch(this);
  }

  onRequest(stream: H1ServerConnection): void {
    const exchange = new Exchange(stream, this.#context);
    this.#exchange = exchange;
    this.#service(exchange);
    this.#since = this.#context.ticker.now;
  }

  onRefused(refusal: H1Refusal): void {
    recordRefusal(this.#context, 'HTTP/1.1', refusal);
  }

  onClose(): void {
    this.#context.ticker.unwatch(this);
    this.#onClose(this);
  }

  onTick(tick: number): void {
    const { owner, waitsFor } = this.#connection;
    if (this.#exchange?.isOver === true) this.#exchange = undefined;
    else this.#exchange?.onTick(tick);
    if (waitsFor !== this.#waitsFor || owner !== undefined) {
      this.#waitsFor = waitsFor;
      this.#since = tick;
    }
    if (this.#isTooLong(tick)) this.#giveUp();
  }

  #isTooLong(tick: number): boolean {
    if (tick - this.#since > LIMITS[this.#waitsFor]) return true;
    return this.#waitsFor === 'request' && tick - (this.#drainingSince ?? tick) > DRAIN_TICKS;
  }

  #giveUp(): void {
    switch (this.#waitsFor) {
      case 'request':
        return this.#connection.close();
      case 'rest of head':
        return this.#connection.refuseSlowHead();
      default:
        this.#connection.socket.destroy();
    }
  }

  /** Ends after the current answer; without one after the next, or soon where no request comes. */
  drain(): void {
    this.#drainingSince ??= this.#context.ticker.now;
    this.#connection.isDraining = true;
  }
}
