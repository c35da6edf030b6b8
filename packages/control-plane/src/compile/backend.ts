// A route's reference to a backend + what is there → the cluster that it names, or why it cannot be used.

import type { Finding } from '../model/finding.ts';
import { isGranted, type ReferenceGrant } from '../model/reference-grant.ts';
import { isHttpRoute, type Route } from '../model/route.ts';
import type { ObjectReference } from '../model/route-reference.ts';
import {
  destinationName,
  findPort,
  isDivisible,
  isRoutable,
  type Service,
  type ServicePort,
} from '../model/service.ts';

/** What routes refer to. */
export interface Referents {
  service(namespace: string, name: string): Service | undefined;
  /** Grants in the namespace of the object that is referred to. */
  grants(namespace: string): readonly ReferenceGrant[];
}

/** `cluster` is filled in either way, so that an unusable backend keeps its place and its weight. */
export interface ResolvedBackend {
  readonly cluster: string;
  readonly finding?: Finding;
}

export function resolveBackend(
  route: Route,
  reference: ObjectReference,
  referents: Referents,
): ResolvedBackend {
  const { group, kind, namespace, name, port, field } = reference;
  const cluster = destinationName(namespace, name, port ?? 0);
  const unresolved = (reason: string, message: string, at: string): ResolvedBackend => ({
    cluster,
    finding: { condition: 'ResolvedRefs', reason, message, field: at },
  });

  if (group !== '' || kind !== 'Service') {
    const named = group === '' ? kind : `${kind}.${group}`;
    return unresolved('InvalidKind', `${named} cannot be a backend: refer to a Service`, `${field}.kind`);
  }
  // Before anything is said of the Service: whoever may not refer to it need not learn whether it exists.
  if (!isPermitted(route, reference, referents)) {
    return unresolved(
      'RefNotPermitted',
      `no ReferenceGrant in namespace ${namespace} lets ${route.kind}s of namespace ${route.namespace} refer to Service ${name}`,
      `${field}.namespace`,
    );
  }
  const service = referents.service(namespace, name);
  if (!service) {
    return unresolved(
      'BackendNotFound',
      `Service ${namespace}/${name} does not exist: create it or correct the name`,
      `${field}.name`,
    );
  }
  if (port === undefined) {
    return unresolved('BackendNotFound', `a reference to Service ${namespace}/${name} needs a port`, field);
  }
  const servicePort = findPort(service, port);
  if (!servicePort) {
    const has = service.ports.map(({ number }) => number).join(', ');
    return unresolved(
      'BackendNotFound',
      `Service ${namespace}/${name} has no port ${port}; it has ${has || 'none'}`,
      `${field}.port`,
    );
  }
  const wanted = wantedProtocol(route, servicePort);
  if (wanted !== undefined) {
    const orTls =
      isHttpRoute(route) && servicePort.protocol === 'tls'
        ? ', or have a BackendTLSPolicy speak TLS there'
        : '';
    return unresolved(
      'UnsupportedProtocol',
      `port ${port} of Service ${namespace}/${name} declares protocol ${servicePort.protocol}, and the route needs ${wanted}: correct the port's appProtocol or name${orTls}`,
      `${field}.port`,
    );
  }
  return { cluster };
}

/** What the port would have to speak for this kind of route; undefined: it will do. */
function wantedProtocol({ kind }: Route, port: ServicePort): string | undefined {
  switch (kind) {
    case 'HTTPRoute':
    case 'GRPCRoute':
      return isRoutable(port) ? undefined : 'HTTP';
    case 'TLSRoute':
      // What is declared to be HTTP is read as HTTP, and a TLS record is none.
      return isDivisible(port) ? undefined : 'TLS';
    case 'TCPRoute':
      return undefined;
  }
}

// A consumer route may send traffic to the very Service that it is attached to, as its clients do without a route;
// anything else across namespaces needs the owner's leave (GEP-1294 leaves this to the implementation).
function isPermitted(route: Route, to: ObjectReference, referents: Referents): boolean {
  if (route.namespace === to.namespace) return true;
  if (route.parents.some((parent) => parent.namespace === to.namespace && parent.name === to.name))
    return true;
  const from = { group: 'gateway.networking.k8s.io', kind: route.kind, namespace: route.namespace };
  return isGranted(referents.grants(to.namespace), from, to);
}
