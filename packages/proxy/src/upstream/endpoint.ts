// One endpoint while it is in use: its pools, its requests in flight, its series. Lives across configuration updates.

import type { Cluster, Endpoint } from '@weft/api/proxy-config/types';
import type { HttpVersion } from '../stack/http.ts';
import type {
  ConnectionMetrics,
  RequestMetrics,
  TrafficLabels,
  TrafficMetrics,
} from '../telemetry/traffic.ts';
import type { Dialer, DialTarget } from '../transport/dialer.ts';
import { type Ticker, ticks } from '../transport/ticker.ts';
import type { Balanced } from './balancer/picker.ts';
import { BulkMemory } from './bulk-memory.ts';
import { ChannelPool } from './channel-pool.ts';
import { Http1Pool } from './http1-pool.ts';
import { Http2Pool } from './http2-pool.ts';
import type { StreamPool } from './stream-pool.ts';

/** What every upstream part needs of the proxy. */
export interface UpstreamContext {
  readonly dial: Dialer;
  readonly ticker: Ticker;
  readonly metrics: TrafficMetrics;
  /** Labels of the client's side: who we are. Absent for the application behind us, which is counted inbound. */
  readonly source?: TrafficLabels['source'];
}

/** An endpoint that knew no HTTP/2 is asked again after so long: it may be another program by then. */
const HTTP1_TICKS = ticks(300_000);
/** Body bytes of a request and its answer from which framing costs more than sharing saves (decision 0022). */
const SHARED_BODY_BYTES = 16_384;
/** Requests at a time that have a connection each before others share one: alone, a stream is no faster. */
const OWN_CONNECTIONS = 4;

export class UpstreamEndpoint implements Balanced {
  readonly config: Endpoint;
  /** `address:port`, as logs name it. */
  readonly name: string;
  /** Requests or connections in flight. */
  active = 0;
  /** Series of the client's side; undefined for the application behind us. */
  readonly requestMetrics: RequestMetrics | undefined;
  readonly #target: DialTarget;
  #http1: Http1Pool | undefined;
  #http2: Http2Pool | undefined;
  /** Requests of HTTP/1.1 clients, as streams of connections to the endpoint's sidecar. */
  #shared: Http2Pool | undefined;
  readonly #bodies = new BulkMemory(SHARED_BODY_BYTES, 1 / 16);
  /** Until this tick nobody tries HTTP/2 again. */
  #http1Until = 0;
  #channels: ChannelPool | undefined;
  #context: UpstreamContext;
  #cluster: Cluster;
  #connectionMetrics: ConnectionMetrics | undefined;

  constructor(config: Endpoint, cluster: Cluster, context: UpstreamContext) {
    this.config = config;
    this.#target = { ...config, ...(cluster.tls && { tls: cluster.tls }) };
    this.name = config.address.includes(':')
      ? `[${config.address}]:${config.port}`
      : `${config.address}:${config.port}`;
    this.#context = context;
    this.#cluster = cluster;
    if (context.source !== undefined) this.requestMetrics = context.metrics.requests(this.#labels('http'));
  }

  /**
   * Streams for requests of this version; a pool is made when the first request asks for it. `wantsTunnel`: what
   * follows may be no HTTP, and gets a connection of its own.
   */
  streams(version: HttpVersion, wantsTunnel: boolean): StreamPool {
    const { dial, ticker } = this.#context;
    const { connectTimeoutMs } = this.#cluster;
    if (version === 'http1' || ticker.now < this.#http1Until) {
      const isShared =
        this.config.identity !== undefined &&
        this.active > OWN_CONNECTIONS &&
        !wantsTunnel &&
        !this.#bodies.isBulky;
      if (!isShared) return this.#http1Streams;
      this.#shared ??= new Http2Pool(this.#target, 'http1-streams', dial, ticker, connectTimeoutMs);
      return this.#shared;
    }
    this.#http2 ??= new Http2Pool(this.#target, 'http2', dial, ticker, connectTimeoutMs, this.#fallBack);
    return this.#http2;
  }

  /** A request is over: `bytes` of both bodies. */
  recordBodies(bytes: number): void {
    this.#bodies.record(bytes);
  }

  get #http1Streams(): StreamPool {
    const { dial, ticker } = this.#context;
    this.#http1 ??= new Http1Pool(this.#target, dial, ticker, this.#cluster.connectTimeoutMs);
    return this.#http1;
  }

  /**
   * A client spoke HTTP/2 where the port does not say so, and the endpoint does not know it: for a while its requests
   * are translated.
   */
  #fallBack = (): StreamPool | undefined => {
    const { protocol } = this.#cluster;
    if (protocol !== 'http' && protocol !== 'detect') return undefined;
    this.#http1Until = this.#context.ticker.now + HTTP1_TICKS;
    return this.#http1Streams;
  };

  /** Bytes both ways. */
  get channels(): ChannelPool {
    const { dial, ticker } = this.#context;
    this.#channels ??= new ChannelPool(this.#target, dial, ticker, this.#cluster.connectTimeoutMs);
    return this.#channels;
  }

  /** Open HTTP connections, how many of them no request uses, and all that are kept by what they carry. */
  get connections(): Readonly<Record<'open' | 'idle' | 'http1' | 'http2' | 'tunnel', number>> {
    const http1 = this.#http1?.size ?? 0;
    const http2 = (this.#http2?.size ?? 0) + (this.#shared?.size ?? 0);
    return {
      open: http1 + http2,
      http1,
      http2,
      tunnel: this.#channels?.tunnels ?? 0,
      idle: (this.#http1?.idle ?? 0) + (this.#http2?.idle ?? 0) + (this.#shared?.idle ?? 0),
    };
  }

  get weight(): number {
    return this.config.weight;
  }

  get connectionMetrics(): ConnectionMetrics | undefined {
    if (this.#context.source === undefined) return undefined;
    this.#connectionMetrics ??= this.#context.metrics.connections(this.#labels('tcp'));
    return this.#connectionMetrics;
  }

  #labels(protocol: 'http' | 'tcp'): TrafficLabels {
    const { workload, identity } = this.config;
    return {
      reporter: 'source',
      ...(this.#context.source && { source: this.#context.source }),
      destination: { ...(workload && { workload }), ...(identity !== undefined && { principal: identity }) },
      service: this.#cluster.service,
      protocol,
      security: identity === undefined ? 'none' : 'mutual_tls',
    };
  }

  close(): void {
    this.#http1?.close();
    this.#http2?.close();
    this.#shared?.close();
    this.#channels?.close();
  }
}
