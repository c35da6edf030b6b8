// One endpoint while it is in use: its pool, its requests in flight, its series. Lives across configuration updates.

import type { Cluster, Endpoint } from '@weft/api/proxy-config/types';
import type {
  ConnectionMetrics,
  RequestMetrics,
  TrafficLabels,
  TrafficMetrics,
} from '../telemetry/traffic.ts';
import type { Dialer } from '../transport/dialer.ts';
import type { Ticker } from '../transport/ticker.ts';
import type { Balanced } from './balancer/picker.ts';
import { ConnectionPool } from './pool.ts';

/** What every upstream part needs of the proxy. */
export interface UpstreamContext {
  readonly dial: Dialer;
  readonly ticker: Ticker;
  readonly metrics: TrafficMetrics;
  /** Labels of the client's side: who we are. Absent for the application behind us, which is counted inbound. */
  readonly source?: TrafficLabels['source'];
}

export class UpstreamEndpoint implements Balanced {
  readonly config: Endpoint;
  readonly pool: ConnectionPool;
  /** `address:port`, as logs name it. */
  readonly name: string;
  /** Requests or connections in flight. */
  active = 0;
  /** Series of the client's side; undefined for the application behind us. */
  readonly requestMetrics: RequestMetrics | undefined;
  #context: UpstreamContext;
  #cluster: Cluster;
  #connectionMetrics: ConnectionMetrics | undefined;

  constructor(config: Endpoint, cluster: Cluster, context: UpstreamContext) {
    this.config = config;
    this.name = config.address.includes(':')
      ? `[${config.address}]:${config.port}`
      : `${config.address}:${config.port}`;
    this.pool = new ConnectionPool(config, context.dial, context.ticker, cluster.connectTimeoutMs);
    this.#context = context;
    this.#cluster = cluster;
    if (context.source !== undefined) this.requestMetrics = context.metrics.requests(this.#labels('http'));
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
    this.pool.close();
  }
}
