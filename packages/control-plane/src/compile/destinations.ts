// What is derived for a port of a Service: its Outbound as a namespace sees it, its Cluster, its Endpoints.

import type { Cluster, Endpoints, Outbound, UpstreamTls } from '@weft/api/proxy-config/types';
import { Derivation } from '../collection/derivation.ts';
import type { Graph } from '../collection/graph.ts';
import { objectKey } from '../model/object.ts';
import { type BackendTlsPolicy, namespaceTarget } from '../model/policy.ts';
import { isHttpRoute, type Route } from '../model/route.ts';
import { findPort, parseDestinationName, type Service, type ServicePort } from '../model/service.ts';
import { effectiveBackendTls } from '../policy/backend-tls/effective.ts';
import type { EffectiveBackendTraffic } from '../policy/backend-traffic/effective.ts';
import { attach } from './attachment.ts';
import type { Referents } from './backend.ts';
import { type CompiledBackendTls, compileBackendTls } from './backend-tls.ts';
import { compileCluster } from './cluster.ts';
import { compileEndpoints, type InstanceLookup } from './endpoints.ts';
import { type CompiledHttpRoute, compileHttpRoute } from './http-rule.ts';
import type { Inputs } from './inputs.ts';
import { type InstanceDerivations, portKey } from './instances.ts';
import { compileOutbound, type RouteRules } from './outbound.ts';
import { type RoutesInForce, routesInForce } from './routes-in-force.ts';
import { type CompiledConnectionRoute, compileConnectionRoute } from './tcp-rule.ts';
import type { TrafficDerivations } from './traffic.ts';

export interface DestinationDerivations {
  /** By `<namespace>/<name>`, as its ports are served. */
  readonly service: Derivation<Service | undefined>;
  /** By outboundKey(): which routes of that namespace take effect; undefined: none is attached. */
  readonly inForce: Derivation<RoutesInForce | undefined>;
  /** By outboundKey(). */
  readonly outbound: Derivation<Outbound | undefined>;
  /** By destination name. */
  readonly cluster: Derivation<Cluster | undefined>;
  readonly endpoints: Derivation<Endpoints | undefined>;
  /** By ref. */
  readonly route: Derivation<CompiledHttpRoute | CompiledConnectionRoute | undefined>;
  /** By `<namespace>/<name>` of a BackendTLSPolicy. */
  readonly backendTls: Derivation<CompiledBackendTls | undefined>;
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
  traffic: TrafficDerivations,
): DestinationDerivations {
  const { tables } = inputs;

  const backendTlsOf = (service: Service, port: ServicePort): BackendTlsPolicy | undefined =>
    effectiveBackendTls(
      service.ref,
      port,
      [service.ref, namespaceTarget(service.namespace).ref].map((target) => inputs.backendTlsOn.get(target)),
    );

  // Where the sidecar is to speak TLS with the endpoints, applications need not: what they send is told from its first
  // bytes, though the Service says TLS of it.
  const service = new Derivation<Service | undefined>(graph, 'Service', (key) => {
    const written = tables.services.get(key);
    if (!written?.ports.some((port) => port.protocol === 'tls' && backendTlsOf(written, port)))
      return written;
    return {
      ...written,
      ports: written.ports.map((port) =>
        port.protocol === 'tls' && backendTlsOf(written, port) ? { ...port, protocol: 'detect' } : port,
      ),
    };
  });

  const portOf = (name: string): { service: Service; port: ServicePort } | undefined => {
    const destination = parseDestinationName(name);
    const found = destination && service.get(destination.service);
    const port = found && findPort(found, destination.port);
    return port && { service: found, port };
  };
  const atPort = <V>(name: string, compute: (service: Service, port: ServicePort) => V) =>
    new Derivation<V | undefined>(graph, name, (key) => {
      const found = portOf(key);
      return found && compute(found.service, found.port);
    });
  const atShapedPort = <V>(name: string, compute: (service: Service, port: ServicePort, key: string) => V) =>
    new Derivation<V | undefined>(graph, name, (key) => {
      const found = portOf(key.slice(0, key.indexOf('|')));
      return found && compute(found.service, found.port, key);
    });

  const route: DestinationDerivations['route'] = new Derivation(graph, 'route', (ref) => {
    const model = tables.routes.get(ref);
    if (!model) return undefined;
    const referents: Referents = {
      service: (namespace, name) => service.get(objectKey(namespace, name)),
      grants: (namespace) => inputs.grantsOfNamespace.get(namespace),
    };
    return isHttpRoute(model) ? compileHttpRoute(model, referents) : compileConnectionRoute(model, referents);
  });

  const inForce = atShapedPort('routes in force', (at, port, key) => {
    const namespace = key.slice(key.indexOf('|') + 1);
    const attached = inputs.routesOfService
      .get(objectKey(at.namespace, at.name))
      .filter((candidate) => candidate.namespace === namespace && isAttached(candidate, at, port));
    return routesInForce(attached);
  });

  const rules = atShapedPort('rules', (_service, _port, key): RouteRules | undefined => {
    const routes = inForce.get(key);
    if (!routes) return undefined;
    const compiled = routes.routes.map(({ ref }) => route.get(ref));
    const http = compiled.flatMap((one) => (one?.kind === 'http' ? one.rules : []));
    const tcp = compiled.flatMap((one) => (one?.kind === 'tcp' ? one.rules : []));
    switch (routes.kind) {
      case 'GRPCRoute':
      case 'HTTPRoute':
        return { kind: 'http', rules: http };
      case 'TLSRoute':
        return { kind: 'tcp', protocol: 'tls', rules: tcp };
      case 'TCPRoute':
        return { kind: 'tcp', protocol: 'tcp', rules: tcp };
    }
  });

  const backendTls = new Derivation<CompiledBackendTls | undefined>(graph, 'BackendTLSPolicy', (key) => {
    const policy = tables.backendTls.get(key);
    return (
      policy && compileBackendTls(policy, (name) => tables.caBundles.get(objectKey(policy.namespace, name)))
    );
  });

  const tlsTo = (at: Service, port: ServicePort): UpstreamTls | undefined => {
    const policy = backendTlsOf(at, port);
    return policy && backendTls.get(objectKey(policy.namespace, policy.name))?.tls;
  };

  const trafficTo = ({ namespace, name }: Service): EffectiveBackendTraffic =>
    traffic.to.get(objectKey(namespace, name));

  const lookup: InstanceLookup = {
    named: (namespace, pod) => tables.instances.get(objectKey(namespace, pod)),
    at: (address) => {
      const there = inputs.instancesByAddress.get(address);
      return there.length === 1 ? there[0] : undefined;
    },
    identity: (instance, port) => instances.identity.get(portKey(instance, port)),
  };

  return {
    service,
    route,
    inForce,
    backendTls,
    outbound: atShapedPort('Outbound', (service, port, key) =>
      compileOutbound(service, port, rules.get(key), trafficTo(service)),
    ),
    cluster: atPort('Cluster', (service, port) =>
      compileCluster(service, port, trafficTo(service), tlsTo(service, port)),
    ),
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
function isAttached(route: Route, service: Service, port: ServicePort): boolean {
  return route.parents.some(
    (parent) =>
      parent.namespace === service.namespace &&
      parent.name === service.name &&
      attach(route.kind, parent, service).ports.includes(port.number),
  );
}
