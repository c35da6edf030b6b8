// Holds the resources that have arrived and makes the RuntimeConfig of them; asks for what is missing.
//
//   Update ─decode─▶ resources ─compile─▶ RuntimeConfig ─swap─▶ `current`
//
// An Outbound serves once all its clusters are known (or known not to exist): a route never points into a void.

import type {
  Cluster,
  Endpoints,
  Outbound,
  ProxyConfig,
  ResourceType,
  ResourceTypes,
} from '@weft/api/proxy-config/types'; // prettier-ignore
import { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamContext } from '../upstream/endpoint.ts';
import type { FieldError } from './decode/decoder.ts';
import { decodeResource } from './decode/resource.ts';
import {
  clustersOf,
  compileInboundPort,
  compileOutbound,
  EMPTY_CONFIG,
  type RuntimeConfig,
  type RuntimeInbound,
  type RuntimeOutbound,
} from './runtime.ts'; // prettier-ignore
import { UnusedClusters } from './unused-clusters.ts';
import type { Refusal, ResourceSink, Subscriber, Update } from './update.ts';

export interface StoreOptions {
  readonly upstream: UpstreamContext;
  /** Our own Inbound resource; absent: none. */
  readonly inboundName?: string;
  readonly onChange?: (config: RuntimeConfig) => void;
  /** How long a cluster stays that no destination names any more. Default 1 min. */
  readonly unusedClusterMs?: number;
}

/** null: asked for, and it does not exist. */
type Table<T> = Map<string, T | null>;

export class ConfigStore implements ResourceSink {
  current: RuntimeConfig = EMPTY_CONFIG;
  /** Where missing resources are asked for; absent in static mode. */
  subscriber: Subscriber | undefined;

  readonly #options: StoreOptions;
  readonly #outbounds: Table<Outbound> = new Map();
  readonly #clusters: Table<Cluster> = new Map();
  readonly #endpoints: Table<Endpoints> = new Map();
  readonly #upstreams = new Map<string, UpstreamCluster>();
  readonly #ready = new Map<string, RuntimeOutbound>();
  readonly #waiting = new Map<string, Set<(outbound: RuntimeOutbound | undefined) => void>>();
  readonly #unused: UnusedClusters;
  #rest: Omit<RuntimeConfig, 'outbounds'> = EMPTY_CONFIG;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#unused = new UnusedClusters(options.unusedClusterMs ?? 60_000);
  }

  /** Asks for what every sidecar needs from the start. */
  start(subscriber: Subscriber): void {
    this.subscriber = subscriber;
    subscriber.subscribe('Trust', 'trust');
    subscriber.subscribe('Telemetry', 'telemetry');
    if (this.#options.inboundName !== undefined) subscriber.subscribe('Inbound', this.#options.inboundName);
  }

  /**
   * A destination by name. Known: at once. Else it is asked for, and `done` is called when it is there or is known
   * not to exist (undefined). Answers how to stop waiting; undefined where nothing is waited for.
   */
  outbound(name: string, done: (outbound: RuntimeOutbound | undefined) => void): (() => void) | undefined {
    const known = this.current.outbounds.get(name);
    if (known !== undefined || this.subscriber === undefined || this.isAbsent(name)) {
      done(known);
      return undefined;
    }
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting.add(done));
    this.subscriber.subscribe('Outbound', name);
    return () => {
      waiting.delete(done);
      if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
    };
  }

  apply(update: Update): readonly Refusal[] {
    const refusals: Refusal[] = [];
    const touched = new Set<string>(update.removed);
    for (const { name, value } of update.resources) {
      const decoded = decodeResource(update.type, value);
      if ('errors' in decoded) {
        for (const { field, message } of decoded.errors)
          refusals.push({ type: update.type, name, field, message });
        if (this.#isMissing(update.type, name)) this.#putRefused(update.type, name, decoded.errors);
        else continue;
      } else this.#put(update.type, name, decoded.value);
      touched.add(name);
    }
    for (const name of update.removed) this.#put(update.type, name, null);
    this.#rebuild(update.type, touched);
    return refusals;
  }

  /** Static mode: a whole configuration, decoded and checked already. */
  load(config: ProxyConfig): void {
    for (const cluster of config.clusters) this.#put('Cluster', cluster.name, cluster);
    for (const endpoints of config.endpoints) this.#put('Endpoints', endpoints.name, endpoints);
    for (const outbound of config.outbounds) this.#put('Outbound', outbound.name, outbound);
    this.#rebuild('Cluster', new Set(config.clusters.map(({ name }) => name)));
    this.#rebuild('Outbound', new Set(config.outbounds.map(({ name }) => name)));
    if (config.inbound !== undefined) this.#put('Inbound', config.inbound.name, config.inbound);
    if (config.trust !== undefined) this.#put('Trust', config.trust.name, config.trust);
    if (config.telemetry !== undefined) this.#put('Telemetry', config.telemetry.name, config.telemetry);
    this.#swap();
  }

  /** The resources that serve, in the form of static mode: for /config_dump. */
  dump(): Omit<ProxyConfig, 'listeners'> {
    const present = <T>(table: Table<T>): T[] => [...table.values()].filter((value) => value !== null);
    const { inbound, trust, telemetry } = this.#rest;
    const ports = inbound && [...inbound.ports.values()].map(({ config }) => config);
    return {
      outbounds: present(this.#outbounds),
      clusters: present(this.#clusters),
      endpoints: present(this.#endpoints),
      ...(inbound &&
        ports && {
          inbound: { name: this.#options.inboundName ?? 'inbound', workload: inbound.workload, ports },
        }),
      ...(trust && { trust }),
      ...(telemetry && { telemetry }),
    };
  }

  /** Whether the destination is known not to exist: in static mode what the file does not name. */
  isAbsent(name: string): boolean {
    return this.subscriber === undefined || this.#outbounds.get(name) === null;
  }

  cluster(name: string): UpstreamCluster | undefined {
    return this.#upstreams.get(name);
  }

  get clusters(): readonly UpstreamCluster[] {
    return [...this.#upstreams.values()];
  }

  close(): void {
    this.#unused.close();
    for (const cluster of this.#upstreams.values()) cluster.close();
    for (const { app } of this.#rest.inbound?.ports.values() ?? []) app.close();
  }

  // --- resources -------------------------------------------------------------------------------------------

  #put<T extends ResourceType>(type: T, name: string, value: ResourceTypes[ResourceType] | null): void {
    switch (type) {
      case 'Outbound':
        this.#outbounds.set(name, value as Outbound | null);
        break;
      case 'Cluster':
        this.#clusters.set(name, value as Cluster | null);
        break;
      case 'Endpoints':
        this.#endpoints.set(name, value as Endpoints | null);
        break;
      case 'Inbound':
        this.#rest = {
          ...this.#rest,
          inbound: this.#compileInbound(value as ResourceTypes['Inbound'] | null),
        };
        break;
      case 'Trust':
        if (value !== null) this.#rest = { ...this.#rest, trust: value as ResourceTypes['Trust'] };
        break;
      case 'Telemetry':
        this.#rest = {
          ...this.#rest,
          telemetry: (value ?? undefined) as ResourceTypes['Telemetry'] | undefined,
        };
        break;
    }
  }

  /** Whether there is no last good resource that could go on serving. */
  #isMissing(type: ResourceType, name: string): boolean {
    const tables = { Outbound: this.#outbounds, Cluster: this.#clusters, Endpoints: this.#endpoints };
    return type in tables && (tables[type as keyof typeof tables].get(name) ?? null) === null;
  }

  /** Nobody is to wait for what can not be used: the destination is refused, a cluster does not exist. */
  #putRefused(type: ResourceType, name: string, errors: readonly FieldError[]): void {
    if (type !== 'Outbound') return this.#put(type, name, null);
    const reasons = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
    const invalid = `the configuration can not be used: ${reasons.join('; ')}`;
    this.#put(type, name, { name, protocol: 'detect', rules: [], tcpRules: [], invalid });
  }

  #compileInbound(inbound: ResourceTypes['Inbound'] | null): RuntimeInbound | undefined {
    const before = this.#rest.inbound;
    if (inbound === null) {
      // Without its Inbound a workload takes nothing: failure is closed.
      for (const { app } of before?.ports.values() ?? []) app.close();
      return undefined;
    }
    // The application's side is counted inbound, as reporter=destination: it has no series of its own.
    const { source: _, ...context } = this.#options.upstream;
    const ports = new Map(
      inbound.ports.map((port) => [
        port.port,
        compileInboundPort(port, context, before?.ports.get(port.port)),
      ]),
    );
    for (const [port, { app }] of before?.ports ?? []) if (!ports.has(port)) app.close();
    return Object.freeze({ workload: inbound.workload, ports });
  }

  #rebuild(type: ResourceType, touched: ReadonlySet<string>): void {
    switch (type) {
      case 'Cluster':
      case 'Endpoints':
        for (const name of touched) this.#updateUpstream(name);
        this.#completeOutbounds([...this.#outbounds.keys()].filter((name) => !this.#ready.has(name)));
        break;
      case 'Outbound':
        for (const name of touched) this.#ready.delete(name);
        this.#completeOutbounds([...touched]);
        break;
      default:
        break;
    }
    this.#swap();
    if (type === 'Outbound') this.#noteUnused();
  }

  /** Clusters that were asked for and are named by no destination any more leave after a while. */
  #noteUnused(): void {
    if (this.subscriber === undefined) return;
    this.#unused.update(this.#clusters.keys(), this.#namedClusters(), () => {
      const named = this.#namedClusters();
      for (const name of this.#unused.takeDue()) if (!named.has(name)) this.#forgetCluster(name);
      this.#noteUnused();
    });
  }

  /** By what is configured, and by what still serves in its former form. */
  #namedClusters(): ReadonlySet<string> {
    const serving = [...this.current.outbounds.values()].map(({ config }) => config);
    const outbounds = [...this.#outbounds.values(), ...serving].filter((outbound) => outbound !== null);
    return new Set(outbounds.flatMap((outbound) => [...clustersOf(outbound)]));
  }

  /** Requests on their way to it are finished. */
  #forgetCluster(name: string): void {
    this.subscriber?.unsubscribe('Cluster', name);
    this.subscriber?.unsubscribe('Endpoints', name);
    this.#clusters.delete(name);
    this.#endpoints.delete(name);
    this.#upstreams.get(name)?.close();
    this.#upstreams.delete(name);
  }

  #updateUpstream(name: string): void {
    const cluster = this.#clusters.get(name);
    const endpoints = this.#endpoints.get(name);
    const upstream = this.#upstreams.get(name);
    if (cluster === null) {
      upstream?.close();
      this.#upstreams.delete(name);
    } else if (cluster !== undefined && endpoints !== undefined) {
      const target = upstream ?? new UpstreamCluster(cluster, this.#options.upstream);
      target.update(cluster, endpoints?.endpoints ?? []);
      this.#upstreams.set(name, target);
    }
  }

  /** Compiles the Outbounds whose clusters are all known; asks for the clusters of the others. */
  #completeOutbounds(names: readonly string[]): void {
    for (const name of names) {
      const outbound = this.#outbounds.get(name);
      if (outbound === undefined || outbound === null) continue;
      const missing = [...clustersOf(outbound)].filter((cluster) => !this.#isKnown(cluster));
      if (missing.length === 0)
        this.#ready.set(
          name,
          compileOutbound(outbound, (cluster) => this.#upstreams.get(cluster)),
        );
      for (const cluster of missing) {
        this.subscriber?.subscribe('Cluster', cluster);
        this.subscriber?.subscribe('Endpoints', cluster);
      }
    }
  }

  #isKnown(cluster: string): boolean {
    return (
      this.#clusters.get(cluster) === null || (this.#clusters.has(cluster) && this.#endpoints.has(cluster))
    );
  }

  /** Publishes. An Outbound that changed and still waits for a cluster serves in its former form until then. */
  #swap(): void {
    const outbounds = new Map<string, RuntimeOutbound>();
    for (const [name, outbound] of this.#outbounds) {
      const runtime =
        outbound === null ? undefined : (this.#ready.get(name) ?? this.current.outbounds.get(name));
      if (runtime !== undefined) outbounds.set(name, runtime);
    }
    this.current = Object.freeze({ ...this.#rest, outbounds });
    for (const [name, waiting] of this.#waiting) {
      const runtime = outbounds.get(name);
      if (runtime === undefined && this.#outbounds.get(name) !== null) continue;
      this.#waiting.delete(name);
      for (const done of waiting) done(runtime);
    }
    this.#options.onChange?.(this.current);
  }
}
