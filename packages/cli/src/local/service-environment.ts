// How a process finds the mesh's services where nothing intercepts its connections: the standard variables
// <NAME>_SERVICE_HOST, <NAME>_SERVICE_PORT and <NAME>_SERVICE_PORT_<PORT NAME>, each pointing at a listener of its
// sidecar. As in Kubernetes: Services of the process's own namespace that exist when it starts.

import type { Service } from '@weft/api/kinds/service';
import type { Resource } from '@weft/api/resource';

/** One port of a Service; its Outbound in the mesh is `<namespace>/<service>:<port>`. */
export interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  readonly name?: string;
  readonly port: number;
  /** Port of the pods, or the name of one; default `port`. */
  readonly targetPort: number | string;
  /** Labels of the pods behind it; absent: none of ours. */
  readonly selector?: Readonly<Record<string, string>>;
}

/** Where a process reaches it: a listener of its sidecar. */
export interface ServiceListener {
  readonly namespace: string;
  readonly service: string;
  readonly name?: string;
  readonly port: number;
  readonly listenerPort: number;
}

/** TCP ports of all Services, in the order of the manifests. ExternalName has no address to stand in for. */
export function servicePorts(resources: readonly Resource[]): ServicePort[] {
  return resources
    .filter(({ kind }) => kind === 'Service')
    .flatMap(({ metadata, spec }) => {
      const { type, selector, ports } = spec as Service['spec'];
      if (type === 'ExternalName') return [];
      return ports
        .filter(({ protocol }) => protocol === 'TCP')
        .map(({ name, port, targetPort = port }) => ({
          namespace: metadata.namespace ?? 'default',
          service: metadata.name,
          port,
          targetPort,
          ...(name === undefined ? {} : { name }),
          ...(selector === undefined ? {} : { selector }),
        }));
    });
}

/** Variables for listeners on the loopback address; <NAME>_SERVICE_PORT is the Service's first port. */
export function serviceEnvironment(listeners: readonly ServiceListener[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { service, name, listenerPort } of listeners) {
    const prefix = `${variableName(service)}_SERVICE`;
    variables[`${prefix}_HOST`] = '127.0.0.1';
    variables[`${prefix}_PORT`] ??= String(listenerPort);
    if (name !== undefined) variables[`${prefix}_PORT_${variableName(name)}`] = String(listenerPort);
  }
  return variables;
}

/** Upper-case, dashes become underscores. */
export function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
