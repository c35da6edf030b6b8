// RuntimeConfig: configuration in the form that serves. Frozen; replaced whole by swapping one reference, so that a
// request which holds on to it sees one consistent state to its end.

import type { InboundPort, Outbound, Telemetry, Trust, WorkloadRef } from '@weft/api/proxy-config/types';
import { type Authorizer, compileAuthorization } from '../filters/authorization/authorizer.ts';
import { outboundHttp } from '../outbound/http.ts';
import type { ClusterLookup } from '../outbound/rule.ts';
import { compileTcpRouter, type TcpRouter } from '../router/tcp-router.ts';
import type { HttpService } from '../stack/exchange.ts';
import { UpstreamCluster } from '../upstream/cluster.ts';
import { type UpstreamContext } from '../upstream/endpoint.ts';

export interface RuntimeConfig {
  readonly outbounds: ReadonlyMap<string, RuntimeOutbound>;
  readonly inbound: RuntimeInbound | undefined;
  readonly trust: Trust | undefined;
  readonly telemetry: Telemetry | undefined;
}

export interface RuntimeOutbound {
  readonly config: Outbound;
  readonly http: HttpService;
  readonly tcp: TcpRouter;
}

export interface RuntimeInbound {
  readonly workload: WorkloadRef;
  readonly ports: ReadonlyMap<number, RuntimeInboundPort>;
}

export interface RuntimeInboundPort {
  readonly config: InboundPort;
  readonly authorizer: Authorizer;
  readonly app: UpstreamCluster;
}

export const EMPTY_CONFIG: RuntimeConfig = Object.freeze({
  outbounds: new Map(),
  inbound: undefined,
  trust: undefined,
  telemetry: undefined,
});

export function compileOutbound(config: Outbound, clusters: ClusterLookup): RuntimeOutbound {
  return Object.freeze({
    config,
    http: outboundHttp(config, clusters),
    tcp: compileTcpRouter(config.tcpRules),
  });
}

/** The application is a cluster of one endpoint, kept from the port before it where it is the same. */
export function compileInboundPort(
  config: InboundPort,
  context: UpstreamContext,
  before: RuntimeInboundPort | undefined,
): RuntimeInboundPort {
  return Object.freeze({
    config,
    authorizer: compileAuthorization(config.authorization),
    app: applicationCluster(config, context, before?.app),
  });
}

function applicationCluster(
  { port, protocol, app, service }: InboundPort,
  context: UpstreamContext,
  before: UpstreamCluster | undefined,
): UpstreamCluster {
  const config = {
    name: `application:${port}`,
    protocol,
    balancer: 'round-robin',
    connectTimeoutMs: 1_000,
    service: service ?? { namespace: '', name: '' },
  } as const;
  const cluster = before ?? new UpstreamCluster(config, context);
  cluster.update(config, [{ ...app, weight: 1 }]);
  return cluster;
}

/** Names of all clusters that an Outbound sends to. */
export function clustersOf(outbound: Outbound): Set<string> {
  const names = new Set<string>();
  for (const { backends } of outbound.tcpRules) {
    for (const { cluster, invalid } of backends) if (invalid === undefined) names.add(cluster);
  }
  for (const { backends, filters } of outbound.rules) {
    for (const backend of backends) {
      if (backend.invalid === undefined) names.add(backend.cluster);
      for (const filter of backend.filters) if (filter.kind === 'mirror') names.add(filter.cluster);
    }
    for (const filter of filters) if (filter.kind === 'mirror') names.add(filter.cluster);
  }
  return names;
}
