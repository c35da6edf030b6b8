// Ports whose protocol nothing declares: the mesh looks at the first bytes, which is right nearly always and costs a
// little each time. The name of the port says it once and for all.

import type { DetectedPort, StoredResource } from '@weft/api/control-plane-api';
import { hasLabels } from '@weft/api/kinds/label-selector';
import { count } from '../output/quantity.ts';
import { type Check, good, warning } from './check.ts';

type StoredObject = StoredResource['object'];

/** What a port's name begins with, or its appProtocol is, by what was spoken there. */
const NAMES: Readonly<Record<string, string>> = { http1: 'http', http2: 'http2', tls: 'tls', tcp: 'tcp' };
const SPOKEN: Readonly<Record<string, string>> = {
  http1: 'HTTP/1.1',
  http2: 'HTTP/2',
  tls: 'TLS',
  tcp: 'neither HTTP nor TLS',
};

export function guessedPorts(
  detected: readonly DetectedPort[],
  resources: readonly StoredResource[],
): Check[] {
  if (detected.length === 0) return [good('no connection needed a guess at what it speaks')];
  const named = detected.map((port) => ({ port, ...nameOf(port, resources) }));
  return [...Map.groupBy(named, ({ name }) => name).values()].map((group) => {
    const [first] = group;
    const protocols = [...new Set(group.map(({ port }) => port.protocol))].sort();
    const spoken = protocols.map((protocol) => SPOKEN[protocol] ?? protocol).join(' and ');
    // Both ends of a connection tell of it.
    const clients = group.filter(({ port }) => port.direction === 'outbound');
    const told = clients.length > 0 ? clients : group;
    const connections = told.reduce((sum, { port }) => sum + port.connections, 0);
    const serverFirst = group.some(({ port }) => port.speaker === 'server')
      ? ', the server speaking first'
      : '';
    return warning(
      `${first?.name} declares no protocol; ${count(connections, 'connection')} spoke ${spoken}${serverFirst}`,
      first?.service === undefined
        ? `give it a port in a Service, named "${prefix(protocols)}-…"`
        : `${first.service}: name the port "${prefix(protocols)}-…", or set its appProtocol to ${prefix(protocols)}`,
    );
  });
}

/** Where several were seen only bytes are common to all. */
function prefix(protocols: readonly string[]): string {
  const [only] = protocols;
  return protocols.length === 1 && only !== undefined ? (NAMES[only] ?? 'tcp') : 'tcp';
}

interface PortName {
  readonly name: string;
  /** The Service to change, with its place. */
  readonly service?: string;
}

function nameOf(port: DetectedPort, resources: readonly StoredResource[]): PortName {
  if (port.direction === 'outbound') {
    const [namespace = '', rest = ''] = port.destination.split('/');
    const [service = ''] = rest.split(':');
    return { name: port.destination, service: placed('Service', namespace, service, resources) };
  }
  const [namespace = '', pod = ''] = port.proxy.split('/');
  const found = serviceOf(find('Pod', namespace, pod, resources), Number(port.destination), resources);
  if (found === undefined) return { name: `port ${port.destination} of ${port.proxy}` };
  const { name } = found.service.metadata;
  return {
    name: `${namespace}/${name}:${found.port}`,
    service: placed('Service', namespace, name, resources),
  };
}

interface ServicePort {
  readonly port: number;
  readonly targetPort?: number | string;
}

/** The Service port that leads to a port of the Pod. */
function serviceOf(
  pod: StoredObject | undefined,
  number: number,
  resources: readonly StoredResource[],
): { readonly service: StoredObject; readonly port: number } | undefined {
  const labels = pod?.metadata as { readonly labels?: Readonly<Record<string, string>> } | undefined;
  for (const { object: service } of resources) {
    if (service.kind !== 'Service' || service.metadata.namespace !== pod?.metadata.namespace) continue;
    const { selector, ports = [] } = service['spec'] as {
      readonly selector?: Readonly<Record<string, string>>;
      readonly ports?: readonly ServicePort[];
    };
    if (selector === undefined || !hasLabels(labels?.labels ?? {}, selector)) continue;
    const found = ports.find(({ port, targetPort = port }) => containerPort(pod, targetPort) === number);
    if (found) return { service, port: found.port };
  }
  return undefined;
}

function containerPort(pod: StoredObject | undefined, target: number | string): number | undefined {
  if (typeof target === 'number') return target;
  const { containers = [] } = (pod?.['spec'] ?? {}) as {
    readonly containers?: readonly {
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  return containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === target)?.containerPort;
}

function find(kind: string, namespace: string, name: string, resources: readonly StoredResource[]) {
  return resources.find(
    ({ object }) =>
      object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name,
  )?.object;
}

/** `Service/shop/cache (shop.yaml:12)` */
function placed(kind: string, namespace: string, name: string, resources: readonly StoredResource[]): string {
  const stored = resources.find(
    ({ object }) =>
      object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name,
  );
  const place = stored?.source === undefined ? '' : ` (${stored.source})`;
  return `${kind}/${namespace}/${name}${place}`;
}
