// A Service: the name that clients call, and its ports.

import type { Protocol } from '@weft/api/proxy-config/types';
import type { ModelObject } from './object.ts';

export interface Service extends ModelObject {
  /** TCP ports in the order written; UDP and SCTP are not the mesh's. */
  readonly ports: readonly ServicePort[];
  /** Labels of the Pods behind it; absent: its endpoints are kept by somebody else. */
  readonly selector?: Readonly<Record<string, string>>;
}

export interface ServicePort {
  /** Absent only when it is the only port. */
  readonly name?: string;
  readonly number: number;
  /** Port of the Pod, or the name of one of its container ports. */
  readonly targetPort: number | string;
  /** `detect` where nothing declares it. */
  readonly protocol: Protocol;
}

/** Name of the Outbound, Cluster and Endpoints of one port. */
export function destinationName(namespace: string, service: string, port: number): string {
  return `${namespace}/${service}:${port}`;
}

/** The parts of such a name; undefined when it is not one. */
export function parseDestinationName(
  name: string,
): { readonly service: string; readonly port: number } | undefined {
  const match = /^([^/:]+\/[^/:]+):(\d{1,5})$/.exec(name);
  return match ? { service: match[1] as string, port: Number(match[2]) } : undefined;
}

export function findPort(service: Service, number: number): ServicePort | undefined {
  return service.ports.find((port) => port.number === number);
}

/** Whether routes of requests have an effect on it: everything that is, or may turn out to be, HTTP. */
export function isRoutable(port: Pick<ServicePort, 'protocol'>): boolean {
  return port.protocol !== 'tcp' && port.protocol !== 'tls';
}

/** Whether routes of connections have an effect on it: everything that is not declared to be HTTP. */
export function isDivisible(port: Pick<ServicePort, 'protocol'>): boolean {
  return !isRoutable(port) || port.protocol === 'detect';
}
