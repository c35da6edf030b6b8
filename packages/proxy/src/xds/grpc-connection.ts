// One connection to the control plane: TLS, then HTTP/2 by the proxy's own codec, so that a sidecar has one and not two.

import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { H2ClientConnection, type H2ClientOwner } from '../codec/h2/client-connection.ts';
import { CLIENT_LIMITS } from '../codec/h2/limits.ts';
import type { UpstreamStream } from '../stack/http.ts';
import { type Ticker, ticks, type Watcher } from '../transport/ticker.ts';

export interface GrpcConnectionOptions {
  /** host:port */
  readonly address: string;
  /** PEM of the roots for the server's certificate. */
  readonly roots: string;
  /** For TCP, TLS and the server's SETTINGS together. */
  readonly connectTimeoutMs: number;
  /** After silence of this length the server is asked for a sign of life, while calls are open. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly ticker: Ticker;
  /** New calls need another connection. Called once. */
  readonly onLost: () => void;
  /** Nothing is left of it. Called once. */
  readonly onClosed: () => void;
}

export class GrpcConnection implements H2ClientOwner, Watcher {
  /** Calls can be made. Rejects with an error that says why not. */
  readonly ready: Promise<void>;
  readonly #options: GrpcConnectionOptions;
  readonly #socket: TLSSocket;
  readonly #timer: NodeJS.Timeout;
  readonly #readiness = Promise.withResolvers<void>();
  #http2: H2ClientConnection | undefined;
  #isLost = false;

  constructor(options: GrpcConnectionOptions) {
    this.#options = options;
    this.ready = this.#readiness.promise;
    const { address, roots: ca, connectTimeoutMs } = options;
    const { hostname, port } = new URL(`https://${address}`);
    const host = hostname.replace(/^\[|\]$/g, '');
    const servername = isIP(host) === 0 ? { servername: host } : {};
    this.#socket = connect({
      host,
      port: Number(port || 443),
      ca,
      ...servername,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['h2'],
    });
    this.#socket.setNoDelay(true);
    this.#timer = setTimeout(
      () => this.#lose(`no connection within ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    );
    this.#socket.once('secureConnect', () => this.#onSecure());
    this.#socket.on('error', (error) => this.#lose(error.message));
    this.#socket.once('close', () => {
      this.#lose('the connection was closed');
      options.onClosed();
    });
  }

  /** Once `ready`; undefined where the connection takes no more calls. */
  open(): UpstreamStream | undefined {
    return this.#http2?.isUsable === true ? this.#http2.open() : undefined;
  }

  /** Ends the calls, too. */
  close(): void {
    this.#lose('the channel is closed');
  }

  #onSecure(): void {
    if (this.#isLost) return;
    if (this.#socket.alpnProtocol !== 'h2') return this.#lose('the server does not speak HTTP/2');
    const { keepaliveMs, keepaliveTimeoutMs, ticker } = this.#options;
    this.#http2 = new H2ClientConnection(this.#socket, this, {
      ...CLIENT_LIMITS,
      pingAfterTicks: ticks(keepaliveMs),
      pingTicks: ticks(keepaliveTimeoutMs),
    });
    ticker.watch(this);
  }

  onTick(tick: number): void {
    this.#http2?.onTick(tick);
  }

  onAvailable(): void {
    clearTimeout(this.#timer);
    this.#readiness.resolve();
  }

  /** The server has sent GOAWAY: the calls under way go on. */
  onDraining(): void {
    this.#tellLost();
  }

  /** The socket is closed. */
  onGone(): void {
    this.#lose(this.#http2?.failure?.message ?? 'the connection was closed');
  }

  #lose(why: string): void {
    clearTimeout(this.#timer);
    // Without effect once it was ready.
    this.#readiness.reject(new Error(`control plane ${this.#options.address}: ${why}`));
    this.#options.ticker.unwatch(this);
    this.#tellLost();
    this.#socket.destroy();
  }

  #tellLost(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#options.onLost();
  }
}
