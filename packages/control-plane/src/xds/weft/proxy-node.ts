// What a connected proxy says of itself, in its node's metadata: where its own servers are, what it is.

import type { WorkloadRef } from '@weft/api/proxy-config/types';
import type { JsonValue } from '@weft/common/protobuf/struct';
import type { Node } from '@weft/common/xds/discovery';

/** Everything but `id` is the proxy's own word: for display and for finding its metrics, not for a decision. */
export interface ProxyNode {
  /** `<namespace>/<pod>` */
  readonly id: string;
  /** IP address that it connects from. */
  readonly address: string;
  readonly workload?: WorkloadRef;
  readonly metricsPort?: number;
  readonly adminPort?: number;
  /** Weft's version. */
  readonly version?: string;
  readonly zone?: string;
}

/** Fields of another type than expected are left out. `address`: IP address, or IP and port, of the connection. */
export function proxyNode({ id, metadata, zone }: Node, peer: string): ProxyNode {
  const { version } = metadata;
  const workload = workloadIn(metadata['workload']);
  const metricsPort = portIn(metadata['metricsPort']);
  const adminPort = portIn(metadata['adminPort']);
  return {
    id,
    address: peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'),
    ...(workload && { workload }),
    ...(metricsPort !== undefined && { metricsPort }),
    ...(adminPort !== undefined && { adminPort }),
    ...(typeof version === 'string' && { version }),
    ...(zone !== undefined && { zone }),
  };
}

function portIn(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536
    ? value
    : undefined;
}

function workloadIn(value: JsonValue | undefined): WorkloadRef | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { namespace, name, app, version, pod } = value as { readonly [key: string]: JsonValue };
  if (typeof namespace !== 'string' || typeof name !== 'string') return undefined;
  if (typeof app !== 'string' || typeof version !== 'string') return undefined;
  return { namespace, name, app, version, ...(typeof pod === 'string' && { pod }) };
}
