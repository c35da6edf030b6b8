// The compiler as a whole: ResourceSets in, any proxy's configuration and every object's status out.
//
//   ResourceSet ─ResourceStore─▶ Tables (the model) ─derivations─▶ Outbound, Cluster, Endpoints, Inbound, Telemetry
//                                                              └─▶ reports ─Statuses─▶ status, diagnostics
//
// Nothing is compiled before somebody asks for it by name.

import type { Diagnostic, StoredResource } from '@weft/api/control-plane-api';
import type {
  ObjectRef,
  ProxyConfig,
  ResourceType,
  ResourceTypes,
  Trust,
} from '@weft/api/proxy-config/types';
import { Graph } from '../collection/graph.ts';
import { DEFAULT_SETTINGS, type MeshSettings } from '../model/mesh-settings.ts';
import type { Model } from '../model/model.ts';
import { destinationName, parseDestinationName } from '../model/service.ts';
import type { ResourceSet } from '../provider/provider.ts';
import type { ObjectStatus } from '../status/status.ts';
import type { ClientView, ConfigView } from './config-view.ts';
import { type DestinationDerivations, deriveDestinations, outboundKey } from './destinations.ts';
import { createInputs, type Inputs } from './inputs.ts';
import { deriveInstances, type InstanceDerivations } from './instances.ts';
import { createLiveModel } from './live-model.ts';
import { deriveReports } from './reports.ts';
import { ResourceStore, type StoredObject } from './resource-store.ts';
import { Statuses } from './statuses.ts';
import { compileTelemetry } from './telemetry.ts';
import { deriveTraffic } from './traffic.ts';

export interface MeshOptions {
  /** The trust domain of the certificate authority; default: that of MeshConfig, else `cluster.local`. */
  readonly trustDomain?: string;
  /** Mesh roots; absent: proxies get none, and there is no mTLS. */
  readonly trust?: Trust;
  /** For lastTransitionTime. */
  readonly now?: () => Date;
}

type Lookups = {
  readonly [T in ResourceType]: (name: string, client: ClientView) => ResourceTypes[T] | undefined;
};

export class Mesh implements ConfigView {
  readonly model: Model;
  readonly #options: MeshOptions;
  readonly #graph = new Graph();
  readonly #inputs: Inputs = createInputs(this.#graph);
  readonly #store = new ResourceStore(this.#inputs.tables);
  readonly #instances: InstanceDerivations;
  readonly #destinations: DestinationDerivations;
  readonly #statuses: Statuses;
  readonly #lookups: Lookups;
  #trust: Trust | undefined;
  #readProblems: readonly Diagnostic[] = [];

  constructor(options: MeshOptions = {}) {
    this.#options = options;
    this.#trust = options.trust;
    const settings = (): MeshSettings => this.#settings();
    const traffic = deriveTraffic(this.#graph, this.#inputs);
    this.#instances = deriveInstances(this.#graph, this.#inputs, settings, traffic);
    this.#destinations = deriveDestinations(this.#graph, this.#inputs, this.#instances, traffic);
    const reports = deriveReports(this.#graph, this.#inputs, this.#destinations);
    this.#statuses = new Statuses(this.#store, reports, settings);
    this.model = createLiveModel(this.#inputs, settings);
    this.#lookups = {
      Outbound: (name, client) => this.#destinations.outbound.get(this.#outboundKey(name, client)),
      Cluster: (name) => this.#destinations.cluster.get(name),
      Endpoints: (name) => this.#destinations.endpoints.get(name),
      // A workload's own policies are nobody else's business.
      Inbound: (name, client) => (name === client.id ? this.#instances.inbound.get(name) : undefined),
      Trust: (name) => (name === this.#trust?.name ? this.#trust : undefined),
      Telemetry: (name, client) =>
        name === 'telemetry' ? compileTelemetry(this.#instances.accessLog.get(client.id)) : undefined,
    };
  }

  /** Takes a new set; what it has in common with the one before stays as it is, down to the references. */
  update(set: ResourceSet): void {
    this.#graph.advance();
    this.#store.replace(set);
    this.#readProblems = set.diagnostics;
    this.#statuses.changed(this.#options.now?.() ?? new Date());
  }

  /** New roots, while the authority's root rotates. */
  setTrust(trust: Trust): void {
    this.#trust = trust;
  }

  resource<T extends ResourceType>(type: T, name: string, client: ClientView): ResourceTypes[T] | undefined {
    return this.#lookups[type](name, client);
  }

  names(type: ResourceType, client: ClientView): readonly string[] {
    switch (type) {
      case 'Outbound':
      case 'Cluster':
      case 'Endpoints':
        return this.#destinationNames();
      case 'Inbound':
        return this.#inputs.tables.instances.get(client.id) ? [client.id] : [];
      case 'Trust':
        return this.#trust ? [this.#trust.name] : [];
      case 'Telemetry':
        return ['telemetry'];
    }
  }

  /** Everything that the proxy `<namespace>/<pod>` could ask for, in static mode's form; it has no listeners. */
  proxyConfig(clientId: string): ProxyConfig {
    const client: ClientView = { id: clientId, namespace: clientId.slice(0, clientId.indexOf('/')) };
    const all = <T extends ResourceType>(type: T): ResourceTypes[T][] =>
      this.names(type, client).flatMap((name) => this.resource(type, name, client) ?? []);
    const [inbound] = all('Inbound');
    const [trust] = all('Trust');
    const [telemetry] = all('Telemetry');
    return {
      listeners: [],
      outbounds: all('Outbound'),
      clusters: all('Cluster'),
      endpoints: all('Endpoints'),
      ...(inbound && { inbound }),
      ...(trust && { trust }),
      ...(telemetry && { telemetry }),
    };
  }

  /** Everything that is wrong with what the user wrote: what could not be read, then what has not its full effect. */
  get diagnostics(): readonly Diagnostic[] {
    return [...this.#readProblems, ...this.#statuses.diagnostics()];
  }

  /** The status of an object; undefined: there is none such, or its kind has no status of Weft's. */
  statusOf(ref: ObjectRef): ObjectStatus | undefined {
    return this.#statuses.of(ref);
  }

  /** Objects as written, with their status filled in; every field of `filter` that is there has to be equal. */
  objects(filter: { kind?: string; namespace?: string; name?: string } = {}): readonly StoredResource[] {
    const found: StoredResource[] = [];
    for (const [ref, object] of this.#store.objects) {
      const { kind, metadata } = object.sourced.resource;
      if (filter.kind !== undefined && filter.kind !== kind) continue;
      if (filter.namespace !== undefined && filter.namespace !== metadata.namespace) continue;
      if (filter.name !== undefined && filter.name !== metadata.name) continue;
      found.push(toStoredResource(object, this.statusOf(ref)));
    }
    return found;
  }

  #settings(): MeshSettings {
    const settings = this.#inputs.tables.settings.get('default') ?? DEFAULT_SETTINGS;
    const { trustDomain } = this.#options;
    return trustDomain === undefined ? settings : { ...settings, trustDomain };
  }

  // Consumer routes are for clients of their own namespace, and there replace the producer's (GEP-1294).
  #outboundKey(name: string, client: ClientView): string {
    const service = parseDestinationName(name)?.service ?? '';
    const producer = service.slice(0, service.indexOf('/'));
    if (client.namespace !== producer) {
      const routes = this.#inputs.routesOfService.get(service);
      const key = outboundKey(name, client.namespace);
      // The first question is the cheap one, asked for every destination of every client.
      if (
        routes.some(({ namespace }) => namespace === client.namespace) &&
        this.#destinations.inForce.get(key)
      ) {
        return key;
      }
    }
    return outboundKey(name, producer);
  }

  #destinationNames(): readonly string[] {
    const names: string[] = [];
    for (const { namespace, name, ports } of this.#inputs.tables.services.values()) {
      for (const port of ports) names.push(destinationName(namespace, name, port.number));
    }
    return names;
  }
}

/** A mesh of one set, for tests and for `weft explain` on files. */
export function compileMesh(set: ResourceSet, options: MeshOptions = {}): Mesh {
  const mesh = new Mesh(options);
  mesh.update(set);
  return mesh;
}

function toStoredResource(
  { sourced: { resource, origin } }: StoredObject,
  status: ObjectStatus | undefined,
): StoredResource {
  const { apiVersion, kind, metadata } = resource;
  return {
    object: { ...resource, apiVersion, kind, metadata, ...(status && { status }) },
    ...(origin && { source: `${origin.file}:${origin.line}` }),
  };
}
