// A running proxy: listeners, the two sides behind them, telemetry and draining. Where configuration and identity
// come from is the matter of whoever makes it (static-mode.ts, mesh-mode.ts).

import type { Listener as ListenerConfig, WorkloadRef } from '@weft/api/proxy-config/types';
import { BufferedWriter } from '@weft/common/buffered-writer';
import type { Log } from '@weft/common/logger/logger';
import { observeProcess } from '@weft/common/metrics/process';
import { Registry } from '@weft/common/metrics/registry';
import type { RuntimeConfig } from './config/runtime.ts';
import { ConfigStore } from './config/store.ts';
import { Detections } from './detect/detections.ts';
import { Drain, type DrainPhase, type DrainTimes } from './drain.ts';
import type { IdentitySource } from './identity/mesh-identity.ts';
import { auditReporter } from './inbound/audits.ts';
import { type InboundHandler, inboundHandler } from './inbound/handler.ts';
import { connectionRefusals } from './inbound/refusals.ts';
import { Listener } from './listener/listener.ts';
import { Side } from './listener/side.ts';
import { outboundHandler } from './outbound/handler.ts';
import type { ProxyContext } from './proxy-context.ts';
import { rehearse } from './rehearsal.ts';
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
  /** Default: no grace (nobody takes the endpoint away from its clients), and 30 s. */
  readonly drain?: DrainTimes;
}

export type AccessLogOutput = Pick<BufferedWriter, 'write'>;

const DEFAULT_DRAIN: DrainTimes = { graceMs: 0, limitMs: 30_000 };

export class Proxy implements AsyncDisposable {
  readonly store: ConfigStore;
  readonly registry = new Registry();
  /** What ports that do not declare a protocol turned out to speak. */
  readonly detections = new Detections(this.registry);
  readonly log: Log;
  #options: ProxyOptions;
  #inbound = new Side();
  #outbound = new Side();
  #drain: Drain;
  #handlers: InboundHandler[] = [];
  #stdout: BufferedWriter | undefined;
  #output: AccessLogOutput;
  #accessLog: AccessLog;
  #context: Omit<ProxyContext, 'track' | 'untrack'>;
  #closeClient: () => void;
  #configListeners: ((config: RuntimeConfig) => void)[] = [];

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.log = options.log;
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
      detections: this.detections,
      source,
      // The log of the moment, for contexts that outlive a change of its settings.
      log: {
        wants: (status, flag) => this.#accessLog.wants(status, flag),
        write: (entry) => this.#accessLog.write(entry),
      },
      onConnectionRefused: connectionRefusals(this.registry, options.log.component('inbound')),
      onAudit: auditReporter(this.registry, options.log.component('inbound')),
    };
    const sides = { inbound: this.#inbound, outbound: this.#outbound };
    this.#drain = new Drain(sides, options.drain ?? DEFAULT_DRAIN, options.log.component('proxy'));
  }

  /** Opens all listeners, or none: rejects with a message for the user. */
  async listen(): Promise<void> {
    const { identity } = this.#options;
    if (identity !== undefined) await rehearse(identity);
    try {
      for (const config of this.#options.listeners) {
        const listener = new Listener(config, this.#handlerFor(config));
        await listener.open();
        this.#sideOf(config).add(listener);
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
    const listeners = [...this.#inbound.listeners, ...this.#outbound.listeners];
    return new Map(listeners.map((listener) => [listener.config.name, listener.port]));
  }

  get phase(): DrainPhase {
    return this.#drain.phase;
  }

  get isDraining(): boolean {
    return this.phase !== 'live';
  }

  /** Open connections of the two sides. */
  get connections(): { readonly inbound: number; readonly outbound: number } {
    return { inbound: this.#inbound.connections, outbound: this.#outbound.connections };
  }

  /** Not ready from now on, and inbound ends soon; the application's way out stays open until `drain`. */
  withdraw(): void {
    this.#drain.begin();
  }

  /** No client uses the endpoint any more. */
  withdrawn(): void {
    this.#drain.withdrawn();
  }

  /**
   * Ends in good order (drain.ts): what is under way is completed, clients are told, what is left at the limit is cut.
   * `soonMs`: everything ends, so nobody has to be waited for but what is over in that time. Resolves when all is
   * closed.
   */
  async drain(soonMs?: number): Promise<void> {
    if (soonMs !== undefined) this.#drain.withdrawn();
    await this.#drain.end(soonMs);
    await this.close();
  }

  async close(): Promise<void> {
    await Promise.all([this.#inbound[Symbol.asyncDispose](), this.#outbound[Symbol.asyncDispose]()]);
    for (const handler of this.#handlers) handler.close();
    this.#closeClient();
    this.store.close();
    await this.#stdout?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #handlerFor(config: ListenerConfig) {
    const { track, untrack } = this.#sideOf(config);
    const context: ProxyContext = { ...this.#context, track, untrack };
    if (config.outbound !== undefined) return outboundHandler(config.outbound, context);
    const handler = inboundHandler(config.inbound as number, context, this.#options.identity);
    this.#handlers.push(handler);
    return handler;
  }

  #sideOf({ outbound }: ListenerConfig): Side {
    return outbound === undefined ? this.#inbound : this.#outbound;
  }

  #useAccessLog(settings: Parameters<typeof createAccessLog>[0]): void {
    this.#accessLog = createAccessLog(settings, this.#output);
  }
}
