// What is derived for a port of a Service: its Outbound as a namespace sees it, its Cluster, its Endpoints.

import type { Cluster, Endpoints, HttpRule, Outbound } from '@weft/api/proxy-config/types';
import { Derivation } from '../collection/derivation.ts';
import type { Graph } from '../collection/graph.ts';
import type { HttpRoute } from '../model/http-route.ts';
import { byAge, objectKey } from '../model/object.ts';
import { MESH_TARGET, namespaceTarget } from '../model/policy.ts';
import { findPort, parseDestinationName, type Service, type ServicePort } from '../model/service.ts';
import {
  type EffectiveBackendTraffic,
  effectiveBackendTraffic,
} from '../policy/backend-traffic/effective.ts';
import { attach } from './attachment.ts';
import { compileCluster } from './cluster.ts';
import { compileEndpoints, type InstanceLookup } from './endpoints.ts';
import { type CompiledRoute, compileRoute } from './http-rule.ts';
import type { Inputs } from './inputs.ts';
import { type InstanceDerivations, portKey } from './instances.ts';
import { compileOutbound } from './outbound.ts';

export interface DestinationDerivations {
  /** By outboundKey(): what the routes of that namespace make of it; undefined: none of them is attached. */
  readonly rules: Derivation<readonly HttpRule[] | undefined>;
  /** By outboundKey(). */
  readonly outbound: Derivation<Outbound | undefined>;
  /** By destination name. */
  readonly cluster: Derivation<Cluster | undefined>;
  readonly endpoints: Derivation<Endpoints | undefined>;
  /** By `<namespace>/<name>`. */
  readonly route: Derivation<CompiledRoute | undefined>;
}

/**
 * Key of a destination as the routes of one namespace shape it: the Service's own (producer routes), or the
 * client's where that has consumer routes for the Service.
 */
export function outboundKey(name: string, routeNamespace: string): string {
  return `${name}|${routeNamespace}`;
}

export function deriveDestinations(
  graph: Graph,
  inputs: Inputs,
  instances: InstanceDerivations,
): DestinationDerivations {
  const { tables } = inputs;

  const portOf = (name: string): { service: Service; port: ServicePort } | undefined => {
    const destination = parseDestinationName(name);
    const service = destination && tables.services.get(destination.service);
    const port = service && findPort(service, destination.port);
    return port && { service, port };
  };
  const atPort = <V>(name: string, compute: (service: Service, port: ServicePort) => V) =>
    new Derivation<V | undefined>(graph, name, (key) => {
      const found = portOf(key);
      return found && compute(found.service, found.port);
    });

  const route = new Derivation<CompiledRoute | undefined>(graph, 'HTTPRoute', (key) => {
    const model = tables.routes.get(key);
    return (
      model &&
      compileRoute(model, {
        service: (namespace, name) => tables.services.get(objectKey(namespace, name)),
        grants: (namespace) => inputs.grantsOfNamespace.get(namespace),
      })
    );
  });

  const atShapedPort = <V>(name: string, compute: (service: Service, port: ServicePort, key: string) => V) =>
    new Derivation<V | undefined>(graph, name, (key) => {
      const found = portOf(key.slice(0, key.indexOf('|')));
      return found && compute(found.service, found.port, key);
    });

  const rules = atShapedPort('HTTP rules', (service, port, key) => {
    const namespace = key.slice(key.indexOf('|') + 1);
    const attached = inputs.routesOfService
      .get(objectKey(service.namespace, service.name))
      .filter((candidate) => candidate.namespace === namespace && isAttached(candidate, service, port))
      .sort(byAge);
    if (attached.length === 0) return undefined;
    return attached.flatMap(({ namespace, name }) => route.get(objectKey(namespace, name))?.rules ?? []);
  });

  const trafficTo = ({ ref, namespace }: Service): EffectiveBackendTraffic =>
    effectiveBackendTraffic(
      [ref, namespaceTarget(namespace).ref, MESH_TARGET.ref].map((target) =>
        inputs.backendTrafficOn.get(target),
      ),
    );

  const lookup: InstanceLookup = {
    named: (namespace, pod) => tables.instances.get(objectKey(namespace, pod)),
    at: (address) => {
      const there = inputs.instancesByAddress.get(address);
      return there.length === 1 ? there[0] : undefined;
    },
    identity: (instance, port) => instances.identity.get(portKey(instance, port)),
  };

  return {
    route,
    rules,
    outbound: atShapedPort('Outbound', (service, port, key) =>
      compileOutbound(service, port, rules.get(key), trafficTo(service)),
    ),
    cluster: atPort('Cluster', (service, port) => compileCluster(service, port, trafficTo(service))),
    endpoints: atPort('Endpoints', (service, port) =>
      compileEndpoints(
        service,
        port,
        inputs.slicesOfService.get(objectKey(service.namespace, service.name)),
        lookup,
      ),
    ),
  };
}

/** Whether one of the route's parents is this port. */
function isAttached(route: HttpRoute, service: Service, port: ServicePort): boolean {
  return route.parents.some(
    (parent) =>
      parent.namespace === service.namespace &&
      parent.name === service.name &&
      attach(parent, service).ports.includes(port.number),
  );
}
