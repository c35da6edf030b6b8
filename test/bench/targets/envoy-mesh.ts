// What Envoy carries besides relaying when it is a mesh's sidecar, in the order of a request: access log and
// tracing on the connection manager, the RBAC filters, the routes with their retries.
import type { Certificates } from '../certificates.ts';
import type { EnvoyLevel } from './envoy-form.ts';
import { ALLOWED_METHODS, type BenchRoute, DENIED_PATH, ROUTES } from './mesh-policy.ts';
import type { HopRole } from './target.ts';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions';

/** Fields of the connection manager. */
export function meshConnectionManager(level: EnvoyLevel, cluster: string): object {
  return level === 'telemetry'
    ? { access_log: [ACCESS_LOG, LABELLED_METRICS], tracing: traceContext(cluster) }
    : { access_log: [ACCESS_LOG] };
}

/** Authorization is the called side's; a single hop is both sides. */
export function meshHttpFilters(role: HopRole, certificates: Certificates): readonly object[] {
  if (role === 'outbound') return [];
  const anyone = [{ any: true }];
  const caller = { principal_name: { exact: certificates.outbound.spiffeId } };
  const methods = ALLOWED_METHODS.map((method) => ({
    header: { name: ':method', string_match: { exact: method } },
  }));
  const denied = [{ exact: DENIED_PATH }, { prefix: `${DENIED_PATH}/` }].map((path) => ({
    url_path: { path },
  }));
  return [
    rbac('DENY', 'deny-admin', denied, anyone),
    rbac('ALLOW', 'allow-callers', methods, role === 'inbound' ? [{ authenticated: caller }] : anyone),
  ];
}

/** Retries as Istio sets them by default. */
export function meshRoutes(cluster: string): readonly object[] {
  const action = {
    cluster,
    retry_policy: { retry_on: 'connect-failure,refused-stream,unavailable', num_retries: 2 },
  };
  return ROUTES.map((route) =>
    route.redirectTo === undefined
      ? { match: match(route), route: action }
      : { match: match(route), redirect: { path_redirect: route.redirectTo, response_code: 'FOUND' } },
  );
}

function match({ kind, path, header }: BenchRoute): object {
  const headers =
    header === undefined ? {} : { headers: [{ name: header.name, string_match: { exact: header.value } }] };
  if (kind === 'exact') return { path, ...headers };
  // Envoy refuses `/` as a prefix of path elements: every path has it.
  return path === '/' ? { prefix: path, ...headers } : { path_separated_prefix: path, ...headers };
}

function rbac(
  action: string,
  name: string,
  permissions: readonly object[],
  principals: readonly object[],
): object {
  return {
    name: `envoy.filters.http.rbac.${name}`,
    typed_config: {
      '@type': `${EXTENSIONS}.filters.http.rbac.v3.RBAC`,
      rules: { action, policies: { [name]: { permissions, principals } } },
    },
  };
}

export const ACCESS_LOG_TYPE = `${EXTENSIONS}.access_loggers.file.v3.FileAccessLog`;
export const DEV_NULL = '/dev/null';

const ACCESS_LOG = {
  name: 'envoy.access_loggers.file',
  typed_config: {
    '@type': ACCESS_LOG_TYPE,
    path: DEV_NULL,
    log_format: {
      json_format: {
        start_time: '%START_TIME%',
        method: '%REQ(:METHOD)%',
        path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
        protocol: '%PROTOCOL%',
        response_code: '%RESPONSE_CODE%',
        response_flags: '%RESPONSE_FLAGS%',
        response_code_details: '%RESPONSE_CODE_DETAILS%',
        bytes_received: '%BYTES_RECEIVED%',
        bytes_sent: '%BYTES_SENT%',
        duration: '%DURATION%',
        request_id: '%REQ(X-REQUEST-ID)%',
        authority: '%REQ(:AUTHORITY)%',
        upstream_host: '%UPSTREAM_HOST%',
      },
    },
  },
};

/** One counter and three histograms by request, as Istio's stats filter keeps them, with fewer labels. */
const LABELLED_METRICS = {
  name: 'envoy.access_loggers.stats',
  typed_config: {
    '@type': `${EXTENSIONS}.access_loggers.stats.v3.Config`,
    stat_prefix: 'mesh',
    counters: [{ stat: labelled('requests_total'), value_fixed: 1 }],
    histograms: [
      { stat: labelled('request_duration'), unit: 'Milliseconds', value_format: '%DURATION%' },
      { stat: labelled('request_bytes'), unit: 'Bytes', value_format: '%BYTES_RECEIVED%' },
      { stat: labelled('response_bytes'), unit: 'Bytes', value_format: '%BYTES_SENT%' },
    ],
  },
};

function labelled(name: string): object {
  const labels = {
    response_code: '%RESPONSE_CODE%',
    response_flags: '%RESPONSE_FLAGS%',
    request_protocol: '%PROTOCOL%',
    destination_service: '%UPSTREAM_CLUSTER%',
  };
  return { name, tags: Object.entries(labels).map(([name, value_format]) => ({ name, value_format })) };
}

/** Adds or carries on the trace context of every request and samples none, so that nothing is exported. */
function traceContext(cluster: string): object {
  return {
    overall_sampling: { value: 0 },
    provider: {
      name: 'envoy.tracers.opentelemetry',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig',
        service_name: 'bench',
        grpc_service: { envoy_grpc: { cluster_name: cluster }, timeout: '1s' },
      },
    },
  };
}
