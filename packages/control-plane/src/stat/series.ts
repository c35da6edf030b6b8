// What one series of Istio's metrics says: which flow it is of and which columns of it an increment goes to.

import { REQUEST_BOUNDS } from '@weft/common/metrics/request-bounds';
import { parseLabels } from '@weft/common/prometheus-text/parse';
import { BUCKETS, BYTES, COUNT, FAILED, type FlowKey, MTLS } from './flow.ts';

const REQUESTS = 'istio_requests_total';
const DURATION = 'istio_request_duration_milliseconds';
const OPENED = 'istio_tcp_connections_opened_total';
const CLOSED = 'istio_tcp_connections_closed_total';
const SENT = 'istio_tcp_sent_bytes_total';
const RECEIVED = 'istio_tcp_received_bytes_total';

/** What a scrape asks the proxy for. */
export const FAMILIES: readonly string[] = [REQUESTS, DURATION, OPENED, CLOSED, SENT, RECEIVED];
/** The samples of them that are read. */
export const SAMPLES: ReadonlySet<string> = new Set([
  REQUESTS,
  `${DURATION}_bucket`,
  OPENED,
  CLOSED,
  SENT,
  RECEIVED,
]);

export interface Meaning {
  readonly flow: FlowKey;
  readonly columns: readonly number[];
}

const BUCKET_COLUMNS: ReadonlyMap<string, number> = new Map(
  [...REQUEST_BOUNDS, Infinity].map((bound, index) => [
    bound === Infinity ? '+Inf' : String(bound),
    BUCKETS + index,
  ]),
);

/** Undefined where it says nothing that is shown: labels that can not be read, or a bucket of other bounds. */
export function meaningOf(name: string, labelText: string): Meaning | undefined {
  const labels = parseLabels(labelText);
  const columns = labels && columnsOf(name, labels);
  return columns === undefined || columns.length === 0 ? undefined : { flow: flowKey(labels!), columns };
}

function columnsOf(name: string, labels: ReadonlyMap<string, string>): readonly number[] {
  const mtls = labels.get('connection_security_policy') === 'mutual_tls' ? [MTLS] : [];
  switch (name) {
    case REQUESTS:
      return [COUNT, ...mtls, ...(isFailedRequest(labels) ? [FAILED] : [])];
    case `${DURATION}_bucket`: {
      const column = BUCKET_COLUMNS.get(labels.get('le') ?? '');
      return column === undefined ? [] : [column];
    }
    case OPENED:
      return [COUNT, ...mtls];
    case CLOSED:
      return isFailedConnection(labels.get('response_flags')) ? [FAILED] : [];
    default:
      return [BYTES];
  }
}

/** gRPC answers 200 to nearly all, and has a status of its own. */
function isFailedRequest(labels: ReadonlyMap<string, string>): boolean {
  const grpcStatus = labels.get('grpc_response_status');
  return grpcStatus === undefined
    ? isFailedStatus(labels.get('response_code'))
    : GRPC_SERVER_FAILURES.has(grpcStatus);
}

/** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS: the others are what callers did wrong. */
const GRPC_SERVER_FAILURES: ReadonlySet<string> = new Set(['2', '4', '12', '13', '14', '15']);

/** The server failed (5xx), or nothing was answered at all (0); what the client did wrong (4xx) is no failure. */
function isFailedStatus(status: string | undefined): boolean {
  return status === undefined || status === '0' || status.startsWith('5');
}

/** Closed for a reason of the mesh's or the server's; a client that goes away (DC) is no failure. */
function isFailedConnection(flag: string | undefined): boolean {
  return flag !== undefined && flag !== '-' && flag !== 'DC';
}

function flowKey(labels: ReadonlyMap<string, string>): FlowKey {
  const label = (name: string): string => labels.get(name) ?? 'unknown';
  return {
    reporter: label('reporter'),
    protocol: label('request_protocol') === 'tcp' ? 'tcp' : 'http',
    sourceNamespace: label('source_workload_namespace'),
    source: label('source_workload'),
    namespace: label('destination_workload_namespace'),
    workload: label('destination_workload'),
    version: label('destination_version'),
    serviceNamespace: label('destination_service_namespace'),
    service: label('destination_service_name'),
  };
}
