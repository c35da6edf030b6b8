// What the admin pages and readiness read from a running proxy.

import type { IdentitySource } from '../identity/mesh-identity.ts';
import type { Proxy } from '../proxy.ts';
import type { AdminSources } from './admin-pages.ts';

export interface ServerInfo {
  /** `<namespace>/<pod>`, or the file of static mode. */
  readonly id: string;
  readonly version: string;
  readonly mode: 'static' | 'mesh';
}

export function adminSources(
  proxy: Proxy,
  info: ServerInfo,
  identity: IdentitySource | undefined,
  listeners: readonly unknown[],
): AdminSources {
  const started = new Date();
  return {
    log: proxy.log,
    configDump: () => ({ listeners, ...proxy.store.dump() }),
    clusters: () => proxy.store.clusters.map(describeCluster),
    certificates: () => {
      const current = identity?.current;
      if (current === undefined) return [];
      return [
        {
          identity: current.id.uri,
          notBefore: new Date(current.notBefore),
          notAfter: new Date(current.notAfter),
        },
      ];
    },
    serverInfo: () => ({
      ...info,
      node: process.version,
      pid: process.pid,
      started,
      state: proxy.phase,
      connections: proxy.connections,
    }),
    detected: () => proxy.detections.list(),
    drain: () => proxy.withdraw(),
    withdrawn: () => proxy.withdrawn(),
  };
}

function describeCluster({ config, endpoints }: Proxy['store']['clusters'][number]): unknown {
  return {
    ...config,
    endpoints: endpoints.map((endpoint) => ({
      ...endpoint.config,
      active: endpoint.active,
      connections: endpoint.connections,
    })),
  };
}
