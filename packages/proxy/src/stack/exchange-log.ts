// What the access log says of a request and its end.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { MessageCounters } from '../telemetry/message-counter.ts';
import type { AccessLogEntry } from '../telemetry/traffic.ts';
import type { Exchange } from './exchange.ts';

/** What is known only at the end. */
export interface ExchangeEnd {
  readonly status: number;
  readonly flag: ResponseFlag;
  readonly details: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly durationMs: number;
  readonly upstreamMs: number | undefined;
  /** Of a gRPC call. */
  readonly grpcStatus: number | undefined;
  /** Of a stream of messages. */
  readonly messages: MessageCounters | undefined;
}

export function logEntry(
  exchange: Exchange,
  { upstreamMs, grpcStatus, messages, ...end }: ExchangeEnd,
): AccessLogEntry {
  const { request, context, route, cluster, endpoint, grpc } = exchange;
  const requestId = request.header('x-request-id');
  const traceparent = request.header('traceparent');
  const userAgent = request.header('user-agent');
  const { identity } = context.peer;
  return {
    startTime: exchange.startTime,
    direction: context.direction,
    protocol: request.protocol,
    method: request.method,
    path: request.target,
    authority: request.authority,
    ...end,
    downstreamAddress: context.downstreamAddress,
    ...(upstreamMs !== undefined && { upstreamMs }),
    ...(requestId !== undefined && { requestId }),
    ...(traceparent !== undefined && { traceparent }),
    ...(userAgent !== undefined && { userAgent }),
    ...(identity !== undefined && { downstreamPrincipal: identity }),
    ...(endpoint !== undefined && { upstreamAddress: endpoint.name }),
    ...(endpoint?.config.identity !== undefined && { upstreamPrincipal: endpoint.config.identity }),
    ...(cluster !== undefined && { upstreamCluster: cluster.name }),
    ...(grpc !== undefined && grpcStatus !== undefined && { grpc: grpc.logEntry(grpcStatus) }),
    ...(messages !== undefined && {
      messages: { request: messages.request.count, response: messages.response.count },
    }),
    ...(route !== undefined && { route: `${route.ref}[${route.index}]` }),
  };
}
