// Where a connection that is not HTTP goes: a rule by the server name, one of its backends by weight, its cluster.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { RuntimeOutbound } from '../config/runtime.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';

export type BytesTarget =
  | { readonly kind: 'cluster'; readonly cluster: UpstreamCluster; readonly route: string }
  | {
      readonly kind: 'refused';
      readonly flag: ResponseFlag;
      readonly details: string;
      readonly route?: string;
    };

/** `serverName`: what a TLS client asks for. */
export function bytesTarget(
  outbound: RuntimeOutbound | undefined,
  serverName: string | undefined,
  clusterNamed: (name: string) => UpstreamCluster | undefined,
): BytesTarget {
  if (outbound === undefined) return { kind: 'refused', flag: 'NC', details: 'outbound_not_found' };
  const { invalid } = outbound.config;
  if (invalid !== undefined) return invalidConfiguration(invalid);
  const choice = outbound.tcp.choose(serverName, Math.random());
  if (choice === undefined) return { kind: 'refused', flag: 'NR', details: 'route_not_found' };
  const { rule, backend } = choice;
  const route = `${rule.ref}[${rule.index}]`;
  if (rule.invalid !== undefined) return { ...invalidConfiguration(rule.invalid), route };
  if (backend === undefined) return { kind: 'refused', flag: 'NR', details: 'route_has_no_backend', route };
  if (backend.invalid !== undefined) return { ...invalidConfiguration(backend.invalid), route };
  const cluster = clusterNamed(backend.cluster);
  if (cluster === undefined) return { kind: 'refused', flag: 'NC', details: 'cluster_not_found', route };
  return { kind: 'cluster', cluster, route };
}

/** Whether a connection to one is as good as a connection to the other, whatever backend was drawn. */
export function isSameWay(target: BytesTarget, other: BytesTarget): boolean {
  return target.kind === 'cluster' && other.kind === 'cluster' && target.route === other.route;
}

function invalidConfiguration(reason: string) {
  return { kind: 'refused', flag: 'IC', details: `invalid_configuration{${reason}}` } as const;
}
