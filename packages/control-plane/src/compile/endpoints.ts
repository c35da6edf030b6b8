// Service port + its EndpointSlices + the instances behind them → Endpoints.

import type { Endpoint, Endpoints, WorkloadRef } from '@weft/api/proxy-config/types';
import type { EndpointSlice, SliceEndpoint } from '../model/endpoint-slice.ts';
import { destinationName, type Service, type ServicePort } from '../model/service.ts';
import { containerPortOf, type WorkloadInstance } from '../model/workload.ts';

export interface InstanceLookup {
  /** The Pod of that name. */
  named(namespace: string, pod: string): WorkloadInstance | undefined;
  /** For slices that name no Pod; undefined also where several share the address. */
  at(address: string): WorkloadInstance | undefined;
  /** The identity that a client has to demand on that container port; undefined: plain text. */
  identity(instance: WorkloadInstance, port: number): string | undefined;
}

/** Every ready endpoint once, in the order of address and port. */
export function compileEndpoints(
  service: Service,
  port: ServicePort,
  slices: readonly EndpointSlice[],
  instances: InstanceLookup,
): Endpoints {
  // A Pod is in two slices for a moment when they are rearranged, and for good when it has two address families.
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    const target = slice.ports.find((candidate) => candidate.name === (port.name ?? ''));
    if (!target) continue;
    for (const endpoint of slice.endpoints) {
      const place = endpoint.pod ?? endpoint.address;
      if (!endpoint.ready || found.has(place)) continue;
      found.set(place, compileEndpoint(endpoint, target.number, slice.namespace, instances));
    }
  }
  return {
    name: destinationName(service.namespace, service.name, port.number),
    endpoints: [...found.values()].sort(byAddress),
  };
}

function compileEndpoint(
  { address, pod, zone }: SliceEndpoint,
  port: number,
  namespace: string,
  instances: InstanceLookup,
): Endpoint {
  const instance = pod === undefined ? instances.at(address) : instances.named(namespace, pod);
  const identity = instance && instances.identity(instance, containerPortOf(instance, port));
  return {
    address,
    port,
    weight: 1,
    ...(identity !== undefined && { identity }),
    ...(instance && { workload: describeInstance(instance) }),
    ...(zone !== undefined && { zone }),
  };
}

function byAddress(a: Endpoint, b: Endpoint): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.port - b.port;
}

export function describeInstance(instance: WorkloadInstance): WorkloadRef {
  const { namespace, name, app, version } = instance.workload;
  return { namespace, name, app, version, pod: instance.name };
}
