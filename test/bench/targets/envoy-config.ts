// Envoy's bootstrap for one hop: a listener, a connection manager, a cluster. Envoy's own benchmarking advice is
// followed: one worker, circuit breakers out of the way, no admin server.
import type { EnvoyForm } from './envoy-form.ts';
import { meshConnectionManager, meshHttpFilters, meshRoutes } from './envoy-mesh.ts';
import { tcpFilters } from './envoy-tcp.ts';
import { downstreamTls, upstreamTls } from './envoy-tls.ts';
import type { Hop } from './target.ts';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions';
/** Name of the one cluster. */
const CLUSTER = 'next';

const UNLIMITED = 100_000;

export function envoyConfig(hop: Hop, form: EnvoyForm): object {
  const filters =
    hop.protocol === 'tcp'
      ? tcpFilters(hop, form.level, CLUSTER)
      : [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: connectionManager(hop, form),
          },
        ];
  const tls =
    hop.role === 'inbound' ? { transport_socket: downstreamTls(hop.certificates, inside(hop, form)) } : {};
  return {
    static_resources: {
      listeners: [{ name: 'listener', address: address(hop.port), filter_chains: [{ filters, ...tls }] }],
      clusters: [cluster(hop, form)],
    },
  };
}

function connectionManager({ role, certificates }: Hop, { level }: EnvoyForm): object {
  const isMesh = level !== 'bare';
  const router = {
    name: 'envoy.filters.http.router',
    typed_config: { '@type': `${EXTENSIONS}.filters.http.router.v3.Router`, dynamic_stats: isMesh },
  };
  const forward = [{ match: { prefix: '/' }, route: { cluster: CLUSTER } }];
  const routes = isMesh && role !== 'inbound' ? meshRoutes(CLUSTER) : forward;
  return {
    '@type': `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'hop',
    codec_type: 'AUTO',
    generate_request_id: isMesh,
    ...(isMesh ? meshConnectionManager(level, CLUSTER) : {}),
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [...(isMesh ? meshHttpFilters(role, certificates) : []), router],
  };
}

/** What two hops speak inside their TLS. */
function inside({ protocol }: Hop, { between }: EnvoyForm): EnvoyForm['between'] | 'tcp' {
  if (protocol === 'tcp') return 'tcp';
  return protocol === 'http1' ? between : 'http2';
}

function cluster(hop: Hop, form: EnvoyForm): object {
  const { role, protocol, upstreamPort, certificates } = hop;
  const { level } = form;
  const isHttp2 =
    role === 'outbound' ? inside(hop, form) === 'http2' : protocol === 'http2' || protocol === 'grpc';

  const limits = ['max_connections', 'max_pending_requests', 'max_requests', 'max_retries'];
  const http2 = {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http2_protocol_options: {} },
    },
  };
  return {
    name: CLUSTER,
    type: 'STATIC',
    connect_timeout: '5s',
    lb_policy: 'LEAST_REQUEST',
    circuit_breakers: { thresholds: [Object.fromEntries(limits.map((limit) => [limit, UNLIMITED]))] },
    load_assignment: {
      cluster_name: CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstreamPort) } }] }],
    },
    ...(level === 'telemetry' ? { track_cluster_stats: { request_response_sizes: true } } : {}),
    ...(role === 'outbound' ? { transport_socket: upstreamTls(certificates, inside(hop, form)) } : {}),
    ...(isHttp2 ? { typed_extension_protocol_options: http2 } : {}),
  };
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
