// One downstream HTTP/2 connection: an Exchange for each stream.

import type { Socket } from 'node:net';
import type { H2Refusal } from '../codec/h2/refusal.ts';
import { H2ServerConnection, type H2ServerOwner } from '../codec/h2/server-connection.ts';
import { shareReads } from '../transport/shared-read.ts';
import type { Watcher } from '../transport/ticker.ts';
import type { ConnectionContext } from './connection-context.ts';
import { Exchange, type HttpService } from './exchange.ts';
import type { DownstreamStream } from './http.ts';
import { recordRefusal } from './session.ts';

/** Exchanges that are over are let go of when there are so many beyond those that are not. */
const MAX_OVER = 32;

export class Http2Session implements H2ServerOwner, Watcher {
  readonly #context: ConnectionContext;
  readonly #service: HttpService;
  readonly #connection: H2ServerConnection;
  readonly #onClose: (session: Http2Session) => void;
  /** All that are not over, and some that are. */
  #exchanges: Exchange[] = [];

  /** `service` is asked for each request, which keeps what it began with. */
  constructor(
    socket: Socket,
    context: ConnectionContext,
    service: HttpService,
    onClose: (session: Http2Session) => void,
  ) {
    this.#context = context;
    this.#service = service;
    this.#onClose = onClose;
    this.#connection = new H2ServerConnection(shareReads(socket), this);
    context.ticker.watch(this);
  }

  onRequest(stream: DownstreamStream): void {
    const exchange = new Exchange(stream, this.#context);
    if (this.#exchanges.length > 2 * this.#connection.activeStreams + MAX_OVER) this.#forgetOver();
    this.#exchanges.push(exchange);
    this.#service(exchange);
  }

  onRefused(refusal: H2Refusal): void {
    recordRefusal(this.#context, 'HTTP/2', refusal);
  }

  onClose(): void {
    this.#context.ticker.unwatch(this);
    this.#onClose(this);
  }

  onTick(tick: number): void {
    this.#forgetOver();
    for (const exchange of this.#exchanges) exchange.onTick(tick);
    this.#connection.onTick(tick);
  }

  #forgetOver(): void {
    this.#exchanges = this.#exchanges.filter(({ isOver }) => !isOver);
  }

  /** Takes no new streams, as soon as the client knows; ends when those that are open are over. */
  drain(): void {
    this.#connection.drain();
  }
}
