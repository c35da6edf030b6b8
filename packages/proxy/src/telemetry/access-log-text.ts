// An access log line as text: Envoy's default format, which log processors know, then what it lacks:
//   response_code_details upstream_cluster downstream_remote_address route_name traceparent grpc_status
// https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string

import { column, quotedColumn } from '@weft/common/log-text';
import { grpcStatusName } from '../stack/grpc/grpc-status.ts';
import type { AccessLogEntry } from './traffic.ts';

/** One line with its line feed. `-` stands for what is not known; x-forwarded-for always is. */
export function formatText(entry: AccessLogEntry): string {
  const request = [entry.method, entry.path, entry.protocol].map((part) => part ?? '-').join(' ');
  return `${[
    `[${new Date(entry.startTime).toISOString()}]`,
    quotedColumn(request),
    entry.status,
    entry.flag,
    entry.bytesReceived,
    entry.bytesSent,
    Math.round(entry.durationMs),
    entry.upstreamMs === undefined ? '-' : Math.round(entry.upstreamMs),
    '"-"',
    quotedColumn(entry.userAgent),
    quotedColumn(entry.requestId),
    quotedColumn(entry.authority),
    quotedColumn(entry.upstreamAddress),
    column(entry.details),
    column(entry.upstreamCluster),
    column(entry.downstreamAddress),
    column(entry.route),
    column(entry.traceparent),
    column(entry.grpc && grpcStatusName(entry.grpc.status)),
  ].join(' ')}\n`;
}
