// What the data path tells telemetry: label sets are resolved once for each pair of peers, recording is cheap.

import type { WorkloadRef } from '@weft/api/proxy-config/types';
import type { ResponseFlag } from '@weft/common/response-flag';

/** Who talks to whom, as Istio's standard labels name them; absent parts are reported as `unknown`. */
export interface TrafficLabels {
  /** `source` is the client's proxy, `destination` the server's. */
  readonly reporter: 'source' | 'destination';
  readonly source?: Peer;
  readonly destination?: Peer;
  readonly service?: { readonly namespace: string; readonly name: string };
  readonly protocol: 'http' | 'grpc' | 'tcp';
  readonly security: 'mutual_tls' | 'none';
}

export interface Peer {
  readonly workload?: WorkloadRef;
  /** SPIFFE id. */
  readonly principal?: string;
}

/** The request series of one label set. */
export interface RequestMetrics {
  /** Once a request: status (0 where no head was sent), flag, duration and body bytes each way; a gRPC call's status. */
  record(
    status: number,
    flag: ResponseFlag,
    durationMs: number,
    requestBytes: number,
    responseBytes: number,
    grpcStatus?: number,
  ): void;
  /** The series of gRPC calls between the same peers; made when the first one comes. */
  readonly grpc: GrpcMetrics;
  /** The series of such streams between the same peers; the same object each time. */
  streams(kind: StreamKind): StreamMetrics;
}

export interface GrpcMetrics extends RequestMetrics {
  /** Messages since the last call: `sent` went to the server. */
  messages(sent: number, received: number): void;
}

/**
 * What may last: a WebSocket, any other upgrade, or a gRPC call that lasts longer than a tick,
 * so that short calls cost nothing.
 */
export type StreamKind = 'websocket' | 'tunnel' | 'grpc';

/** The series of streams of one kind, which are told of while they live. */
export interface StreamMetrics {
  opened(): void;
  /** Milliseconds from the request's beginning to the endpoint's head. */
  answered(ms: number): void;
  /** Bytes since the last call: `sent` went to the server. */
  bytes(sent: number, received: number): void;
  /** Messages in the same way, of kinds that have such. */
  messages(sent: number, received: number): void;
  closed(durationMs: number): void;
}

/** The connection series of one label set. */
export interface ConnectionMetrics {
  opened(): void;
  /** Bytes since the last call, seen from the client: `sent` went to the server. */
  bytes(sent: number, received: number): void;
  closed(flag: ResponseFlag): void;
}

export interface TrafficMetrics {
  /**
   * The same object for equal labels; call it when a connection or an endpoint is new, not per request. gRPC's series
   * are a property of those for `http`.
   */
  requests(labels: TrafficLabels): RequestMetrics;
  connections(labels: TrafficLabels): ConnectionMetrics;
}

/** One line of the access log; times in milliseconds. Strings are as received, the writer escapes. */
export interface AccessLogEntry {
  /** Epoch milliseconds of the first byte. */
  readonly startTime: number;
  readonly direction: 'inbound' | 'outbound';
  readonly protocol: string;
  readonly method?: string;
  readonly path?: string;
  readonly authority?: string;
  readonly status: number;
  readonly flag: ResponseFlag;
  /** Envoy's response_code_details: `via_upstream`, `route_not_found`, `rbac_access_denied[policy]` … */
  readonly details: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly durationMs: number;
  /** Until the endpoint's response head; absent where it never answered. */
  readonly upstreamMs?: number;
  readonly requestId?: string;
  readonly traceparent?: string;
  readonly userAgent?: string;
  readonly downstreamAddress: string;
  readonly downstreamPrincipal?: string;
  readonly upstreamAddress?: string;
  readonly upstreamCluster?: string;
  readonly upstreamPrincipal?: string;
  /** `HTTPRoute/bookshop/reviews[0]` */
  readonly route?: string;
  /** Of gRPC and WebSockets. */
  readonly messages?: { readonly request: number; readonly response: number };
  readonly grpc?: GrpcLogEntry;
}

/** How a gRPC call ended. */
export interface GrpcLogEntry {
  readonly status: number;
  /** Decoded. */
  readonly message?: string;
}

export interface AccessLog {
  /** Whether a request that ended so is logged; asked before the entry is built. */
  wants(status: number, flag: ResponseFlag): boolean;
  write(entry: AccessLogEntry): void;
}
