// What every step of one explanation looks things up in: the caller's configuration, decoded as a sidecar does it.

import type {
  Endpoint,
  Inbound,
  ProxyConfig,
  ResourceType,
  ResourceTypes,
} from '@weft/api/proxy-config/types';
import type { WorkloadInstance } from '@weft/control-plane/model/workload';
import { decodeResource } from '@weft/proxy/config/decode/resource';
import { UserError } from '../user-error.ts';
import type { Caller } from './explanation.ts';
import type { MeshSource } from './source.ts';

export interface Context {
  readonly source: MeshSource;
  readonly caller: Caller;
  /** Of the caller; of any proxy for a caller without one. */
  readonly config: ProxyConfig;
  /** Namespace of the Service that is called. */
  readonly namespace: string;
}

/** A resource as it serves in the sidecar; undefined: it does not exist. @throws UserError where it is refused */
export function find<T extends 'Outbound' | 'Cluster' | 'Endpoints'>(
  { config }: Context,
  type: T,
  name: string,
): ResourceTypes[T] | undefined {
  const tables = { Outbound: config.outbounds, Cluster: config.clusters, Endpoints: config.endpoints };
  const found = tables[type].find((resource) => resource.name === name);
  return found && decoded(type, name, found);
}

/** The Pod behind an endpoint, as far as the mesh knows one. */
export function instanceAt({ source }: Context, { workload }: Endpoint): WorkloadInstance | undefined {
  if (workload?.pod === undefined) return undefined;
  return source.model.instances.get(`${workload.namespace}/${workload.pod}`);
}

/** How the Pod's sidecar treats what comes in. */
export async function inboundOf(
  { source }: Context,
  { namespace, name }: WorkloadInstance,
): Promise<Inbound | undefined> {
  const id = `${namespace}/${name}`;
  const { inbound } = await source.config(id);
  return inbound && decoded('Inbound', id, inbound);
}

function decoded<T extends ResourceType>(type: T, name: string, value: unknown): ResourceTypes[T] {
  const result = decodeResource(type, value);
  if ('value' in result) return result.value;
  const [{ field, message } = { field: '', message: '' }] = result.errors;
  throw new UserError(
    `a sidecar refuses ${type} ${name} (${field}: ${message}) and goes on serving what it had before, ` +
      'so it cannot be told what it does: `weft proxy-status` shows refusals',
  );
}
