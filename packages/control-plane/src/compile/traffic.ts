// What is derived of the traffic policies: how clients treat a Service, and how long its endpoints have to let them.

import { Derivation } from '../collection/derivation.ts';
import type { Graph } from '../collection/graph.ts';
import { objectKey } from '../model/object.ts';
import { MESH_TARGET, namespaceTarget } from '../model/policy.ts';
import type { Service } from '../model/service.ts';
import {
  type EffectiveBackendTraffic,
  effectiveBackendTraffic,
} from '../policy/backend-traffic/effective.ts';
import type { EffectivePolicy } from '../policy/effective-policy.ts';
import type { Inputs } from './inputs.ts';

/** The proxy's own: nothing is said of limits that are not longer. */
const DEFAULT_STREAM_IDLE_MS = 300_000;
const DEFAULT_CONNECTION_IDLE_MS = 3_600_000;

export interface TrafficDerivations {
  /** By `<namespace>/<name>` of a Service. */
  readonly to: Derivation<EffectiveBackendTraffic>;
  /** The longest limits of all that comes by these Services, where they are longer than the proxy's own. */
  received(services: readonly Service[]): EffectivePolicy['idle'];
}

export function deriveTraffic(graph: Graph, inputs: Inputs): TrafficDerivations {
  const to = new Derivation<EffectiveBackendTraffic>(graph, 'traffic to a Service', (key) => {
    const namespace = key.slice(0, key.indexOf('/'));
    const targets = [`Service/${key}`, namespaceTarget(namespace).ref, MESH_TARGET.ref];
    return effectiveBackendTraffic(targets.map((target) => inputs.backendTrafficOn.get(target)));
  });

  // A client's limits are those of the Service that it calls, wherever a route leads from there.
  const callable = new Derivation<readonly string[]>(graph, 'Services that lead to a Service', (key) => [
    key,
    ...inputs.routesToService
      .get(key)
      .flatMap(({ parents }) => parents.map(({ namespace, name }) => objectKey(namespace, name))),
  ]);

  return {
    to,
    received(services) {
      const called = services.flatMap(({ namespace, name }) => callable.get(objectKey(namespace, name)));
      const limits = called.map((key) => to.get(key));
      const streamIdleMs = longest(limits.map((limit) => limit.streamIdleMs));
      const idleTimeoutMs = longest(limits.map((limit) => limit.connectionIdleMs));
      return {
        ...(streamIdleMs > DEFAULT_STREAM_IDLE_MS && { streamIdleMs }),
        ...(idleTimeoutMs > DEFAULT_CONNECTION_IDLE_MS && { idleTimeoutMs }),
      };
    },
  };
}

function longest(limits: readonly (number | undefined)[]): number {
  return Math.max(0, ...limits.map((limit) => limit ?? 0));
}
