// A running proxy: listeners, the two sides behind them, telemetry and draining. Where configuration and identity
// come from is the matter of whoever makes it (static-mode.ts, mesh-mode.ts).

import type { Listener as ListenerConfig, WorkloadRef } from '@weft/api/proxy-config/types';
import { BufferedWriter } from '@weft/common/buffered-writer';
import type { Log, Logger } from '@weft/common/logger/logger';
import { observeProcess } from '@weft/common/metrics/process';
import { Registry } from '@weft/common/metrics/registry';
import type { RuntimeConfig } from './config/runtime.ts';
import { ConfigStore } from './config/store.ts';
import type { IdentitySource } from './identity/mesh-identity.ts';
import { auditReporter } from './inbound/audits.ts';
import { type InboundHandler, inboundHandler } from './inbound/handler.ts';
import { connectionRefusals } from './inbound/refusals.ts';
import { Listener } from './listener/listener.ts';
import { outboundHandler } from './outbound/handler.ts';
import type { Drainable, ProxyContext } from './proxy-context.ts';
import { createAccessLog, DEFAULT_ACCESS_LOG } from './telemetry/access-log.ts';
import type { AccessLog } from './telemetry/traffic.ts';
import { createTrafficMetrics } from './telemetry/traffic-metrics.ts';
import { createMeshDialer } from './transport/mesh-dialer.ts';
import { Ticker } from './transport/ticker.ts';

export interface ProxyOptions {
  readonly listeners: readonly ListenerConfig[];
  readonly log: Log;
  readonly identity?: IdentitySource;
  /** Name of our own Inbound resource. */
  readonly inboundName?: string;
  /** Who we are, for the labels of outbound traffic. */
  readonly workload?: WorkloadRef;
  readonly version: string;
  /** Where the lines of the access log go; default standard output. */
  readonly accessLog?: AccessLogOutput;
}

export type AccessLogOutput = Pick<BufferedWriter, 'write'>;

/** Connections that are not over by then are cut. */
const DRAIN_MS = 30_000;

export class Proxy implements AsyncDisposable {
  readonly store: ConfigStore;
  readonly registry = new Registry();
  readonly log: Log;
  #options: ProxyOptions;
  #logger: Logger;
  #listeners: Listener[] = [];
  #handlers: InboundHandler[] = [];
  #connections = new Set<Drainable>();
  #stdout: BufferedWriter | undefined;
  #output: AccessLogOutput;
  #accessLog: AccessLog;
  #context: ProxyContext;
  #closeClient: () => void;
  #configListeners: ((config: RuntimeConfig) => void)[] = [];
  #draining: Promise<void> | undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.log = options.log;
    this.#logger = options.log.component('proxy');
    this.#output = options.accessLog ?? (this.#stdout = new BufferedWriter());
    this.#accessLog = createAccessLog(DEFAULT_ACCESS_LOG, this.#output);
    observeProcess(this.registry, { component: 'proxy', version: options.version });
    const { dial, client } = createMeshDialer(options.identity);
    this.#closeClient = () => client?.close();
    const ticker = new Ticker();
    const metrics = createTrafficMetrics(this.registry);
    const principal = options.identity?.current?.id.uri;
    const source = {
      ...(options.workload && { workload: options.workload }),
      ...(principal !== undefined && { principal }),
    };
    this.store = new ConfigStore({
      upstream: { dial, ticker, metrics, source },
      ...(options.inboundName !== undefined && { inboundName: options.inboundName }),
      onChange: (config) => {
        this.#useAccessLog(config.telemetry?.accessLog ?? DEFAULT_ACCESS_LOG);
        for (const listener of this.#configListeners) listener(config);
      },
    });
    this.#context = {
      store: this.store,
      ticker,
      metrics,
      dial,
      source,
      // The log of the moment, for contexts that outlive a change of its settings.
      log: {
        wants: (status, flag) => this.#accessLog.wants(status, flag),
        write: (entry) => this.#accessLog.write(entry),
      },
      track: (connection) => {
        this.#connections.add(connection);
        if (this.isDraining) connection.drain();
      },
      untrack: (connection) => this.#connections.delete(connection),
      onConnectionRefused: connectionRefusals(this.registry, options.log.component('inbound')),
      onAudit: auditReporter(this.registry, options.log.component('inbound')),
    };
  }

  /** Opens all listeners, or none: rejects with a message for the user. */
  async listen(): Promise<void> {
    try {
      for (const config of this.#options.listeners) {
        const listener = new Listener(config, this.#handlerFor(config));
        await listener.open();
        this.#listeners.push(listener);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Called with each new configuration. */
  onConfig(listener: (config: RuntimeConfig) => void): void {
    this.#configListeners.push(listener);
  }

  /** Ports by listener name: other than asked for where that was 0. */
  get ports(): ReadonlyMap<string, number> {
    return new Map(this.#listeners.map((listener) => [listener.config.name, listener.port]));
  }

  get isDraining(): boolean {
    return this.#draining !== undefined;
  }

  /**
   * Ends in good order: no new connections, answers under way are completed and say `Connection: close`, what is
   * left after 30 s is cut. Resolves when all is closed.
   */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async #drain(): Promise<void> {
    this.#logger.info('draining', { connections: this.#connections.size });
    const closed = this.#listeners.map((listener) => listener.close());
    for (const connection of this.#connections) connection.drain();
    const timer = setTimeout(() => {
      for (const listener of this.#listeners) listener.destroy();
    }, DRAIN_MS);
    await Promise.all(closed);
    clearTimeout(timer);
    await this.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener[Symbol.asyncDispose]()));
    for (const handler of this.#handlers) handler.close();
    this.#closeClient();
    this.store.close();
    await this.#stdout?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #handlerFor({ outbound, inbound }: ListenerConfig) {
    if (outbound !== undefined) return outboundHandler(outbound, this.#context);
    const handler = inboundHandler(inbound as number, this.#context, this.#options.identity);
    this.#handlers.push(handler);
    return handler;
  }

  #useAccessLog(settings: Parameters<typeof createAccessLog>[0]): void {
    this.#accessLog = createAccessLog(settings, this.#output);
  }
}
