// Service port + its effective policies → Cluster.

import type { Cluster, UpstreamTls } from '@weft/api/proxy-config/types';
import type { Service, ServicePort } from '../model/service.ts';
import { destinationName } from '../model/service.ts';
import type { EffectiveBackendTraffic } from '../policy/backend-traffic/effective.ts';

export function compileCluster(
  service: Service,
  port: ServicePort,
  traffic: EffectiveBackendTraffic,
  tls: UpstreamTls | undefined,
): Cluster {
  return {
    name: destinationName(service.namespace, service.name, port.number),
    protocol: port.protocol,
    balancer: traffic.balancer,
    connectTimeoutMs: traffic.connectTimeoutMs,
    service: { namespace: service.namespace, name: service.name },
    ...(traffic.balancerSetBy === undefined ? {} : { policy: traffic.balancerSetBy }),
    ...(tls && { tls }),
  };
}
