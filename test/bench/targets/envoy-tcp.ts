// Envoy as a relay of bytes: network filters in place of the connection manager, with what a mesh adds to them.
import type { EnvoyLevel } from './envoy-form.ts';
import { ACCESS_LOG_TYPE, DEV_NULL } from './envoy-mesh.ts';
import type { Hop } from './target.ts';

const NETWORK = 'type.googleapis.com/envoy.extensions.filters.network';

export function tcpFilters(
  { role, certificates }: Hop,
  level: EnvoyLevel,
  cluster: string,
): readonly object[] {
  const isMesh = level !== 'bare';
  const caller = { principal_name: { exact: certificates.outbound.spiffeId } };
  const rbac = {
    name: 'envoy.filters.network.rbac',
    typed_config: {
      '@type': `${NETWORK}.rbac.v3.RBAC`,
      stat_prefix: 'hop',
      rules: {
        action: 'ALLOW',
        policies: {
          'allow-callers': {
            permissions: [{ any: true }],
            principals: role === 'inbound' ? [{ authenticated: caller }] : [{ any: true }],
          },
        },
      },
    },
  };
  const proxy = {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: {
      '@type': `${NETWORK}.tcp_proxy.v3.TcpProxy`,
      stat_prefix: 'hop',
      cluster,
      ...(isMesh ? { access_log: [ACCESS_LOG] } : {}),
    },
  };
  return isMesh && role !== 'outbound' ? [rbac, proxy] : [proxy];
}

const ACCESS_LOG = {
  name: 'envoy.access_loggers.file',
  typed_config: {
    '@type': ACCESS_LOG_TYPE,
    path: DEV_NULL,
    log_format: {
      json_format: {
        start_time: '%START_TIME%',
        response_flags: '%RESPONSE_FLAGS%',
        bytes_received: '%BYTES_RECEIVED%',
        bytes_sent: '%BYTES_SENT%',
        duration: '%DURATION%',
        upstream_host: '%UPSTREAM_HOST%',
      },
    },
  },
};
