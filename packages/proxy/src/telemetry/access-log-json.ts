// An access log line as JSON, with Envoy's field names. Fields without a value are left out.

import { jsonString } from '@weft/common/log-text';
import { grpcStatusName } from '../stack/grpc/grpc-status.ts';
import type { AccessLogEntry } from './traffic.ts';

/** One line with its line feed. */
export function formatJson(entry: AccessLogEntry): string {
  return (
    `{"start_time":"${new Date(entry.startTime).toISOString()}","direction":"${entry.direction}"` +
    text('method', entry.method) +
    text('path', entry.path) +
    text('protocol', entry.protocol) +
    `,"response_code":${entry.status},"response_flags":"${entry.flag}"` +
    text('response_code_details', entry.details) +
    `,"bytes_received":${entry.bytesReceived},"bytes_sent":${entry.bytesSent}` +
    `,"duration":${milliseconds(entry.durationMs)}` +
    (entry.upstreamMs === undefined ? '' : `,"upstream_service_time":${milliseconds(entry.upstreamMs)}`) +
    text('user_agent', entry.userAgent) +
    text('request_id', entry.requestId) +
    text('traceparent', entry.traceparent) +
    text('authority', entry.authority) +
    text('upstream_host', entry.upstreamAddress) +
    text('upstream_cluster', entry.upstreamCluster) +
    text('upstream_principal', entry.upstreamPrincipal) +
    text('downstream_remote_address', entry.downstreamAddress) +
    text('downstream_principal', entry.downstreamPrincipal) +
    text('route_name', entry.route) +
    (entry.grpc === undefined ? '' : grpcFields(entry.grpc)) +
    (entry.messages === undefined ? '' : messageFields(entry.messages)) +
    '}\n'
  );
}

function grpcFields({ status, message }: NonNullable<AccessLogEntry['grpc']>): string {
  const name = grpcStatusName(status);
  return `,"grpc_status":"${name}","grpc_status_number":${status}${text('grpc_message', message)}`;
}

function messageFields({ request, response }: NonNullable<AccessLogEntry['messages']>): string {
  return `,"request_message_count":${request},"response_message_count":${response}`;
}

function text(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${jsonString(value)}`;
}

/** Whole milliseconds hide everything in a mesh; more than three decimals are noise. */
function milliseconds(value: number): number {
  return Math.round(value * 1000) / 1000;
}
