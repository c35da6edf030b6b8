// How the proxy presents itself on the ADS stream.

import type { ProxyBootstrap } from '@weft/api/proxy-config/bootstrap';
import type { Node } from '@weft/common/xds/discovery';

/** `version`: of this proxy. The metadata's fields are read by the control plane's xds/weft/proxy-node.ts. */
export function nodeOf({ node, admin }: ProxyBootstrap, version: string): Node {
  return {
    id: node.id,
    metadata: {
      workload: { ...node.workload },
      metricsPort: admin.metrics,
      adminPort: admin.admin,
      version,
    },
    ...(node.zone !== undefined && { zone: node.zone }),
  };
}
