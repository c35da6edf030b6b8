// A cluster in use: the same object across updates, so that routes and requests can hold on to it.

import type { Cluster, Endpoint } from '@weft/api/proxy-config/types';
import { createPicker } from './balancer/create-picker.ts';
import type { Picker } from './balancer/picker.ts';
import { type UpstreamContext, UpstreamEndpoint } from './endpoint.ts';

export class UpstreamCluster {
  readonly name: string;
  config: Cluster;
  #context: UpstreamContext;
  #endpoints = new Map<string, UpstreamEndpoint>();
  #picker: Picker<UpstreamEndpoint> = { pick: () => undefined };

  constructor(config: Cluster, context: UpstreamContext) {
    this.name = config.name;
    this.config = config;
    this.#context = context;
  }

  get endpoints(): readonly UpstreamEndpoint[] {
    return [...this.#endpoints.values()];
  }

  /** Endpoints that stay keep their connections and counts; those that left finish what they have begun. */
  update(config: Cluster, endpoints: readonly Endpoint[]): void {
    const isConnectionChanged = connectionKey(config) !== connectionKey(this.config);
    this.config = config;
    const before = this.#endpoints;
    this.#endpoints = new Map();
    for (const endpoint of endpoints) {
      const key = endpointKey(endpoint);
      const kept = isConnectionChanged ? undefined : before.get(key);
      this.#endpoints.set(key, kept ?? new UpstreamEndpoint(endpoint, config, this.#context));
    }
    for (const [key, endpoint] of before) if (this.#endpoints.get(key) !== endpoint) endpoint.close();
    this.#picker = createPicker(config.balancer, this.endpoints);
  }

  pick(): UpstreamEndpoint | undefined {
    return this.#picker.pick();
  }

  /** Another endpoint than one that has just failed, where there is one. */
  pickOther(failed: UpstreamEndpoint): UpstreamEndpoint | undefined {
    let other = this.pick();
    for (let tries = 0; other === failed && this.#endpoints.size > 1 && tries < 4; tries++)
      other = this.pick();
    if (other !== failed) return other;
    // What fails at once never looks busy: the balancer may prefer it again and again.
    return this.endpoints.find((endpoint) => endpoint !== failed && endpoint.weight > 0) ?? other;
  }

  /** Whether requests can go anywhere else. */
  hasOther(than: UpstreamEndpoint): boolean {
    return this.endpoints.some((endpoint) => endpoint !== than && endpoint.weight > 0);
  }

  close(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.close();
    this.#endpoints.clear();
    this.#picker = { pick: () => undefined };
  }
}

/** What all connections of the cluster are made by. */
function connectionKey({ protocol, connectTimeoutMs, tls }: Cluster): string {
  return JSON.stringify([protocol, connectTimeoutMs, tls]);
}

/** Everything that makes a connection or a series of an endpoint another one. */
function endpointKey({ address, port, identity, weight, workload, zone }: Endpoint): string {
  return JSON.stringify([address, port, identity, weight, workload, zone]);
}
