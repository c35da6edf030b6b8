// gRPC status codes: their names in the access log, and how they and HTTP's status codes stand for each other.

import type { ResponseFlag } from '@weft/common/response-flag';

/** Codes by the names that Envoy's access log has for them (`%GRPC_STATUS%`). */
export const GRPC_STATUS = {
  OK: 0,
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const;

export type GrpcStatusName = keyof typeof GRPC_STATUS;

const NAMES = Object.keys(GRPC_STATUS) as readonly GrpcStatusName[];

/** The name of a code that `parseGrpcStatus` or this file gave. */
export function grpcStatusName(code: number): GrpcStatusName {
  return NAMES[code] ?? 'Unknown';
}

/**
 * The code in a `grpc-status` line. What is no code is Unknown, as clients take it: so that an endpoint cannot make
 * labels of its own.
 */
export function parseGrpcStatus(value: string): number {
  const code = /^\d{1,2}$/.test(value) ? Number(value) : GRPC_STATUS.Unknown;
  return code < NAMES.length ? code : GRPC_STATUS.Unknown;
}

/** How a client takes an HTTP answer without grpc-status (grpc: doc/http-grpc-status-mapping.md). */
export function grpcStatusOfHttp(status: number): number {
  switch (status) {
    case 400:
      return GRPC_STATUS.Internal;
    case 401:
      return GRPC_STATUS.Unauthenticated;
    case 403:
      return GRPC_STATUS.PermissionDenied;
    case 404:
      return GRPC_STATUS.Unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return GRPC_STATUS.Unavailable;
    default:
      return GRPC_STATUS.Unknown;
  }
}

/**
 * What a refusal of the proxy's own is to a gRPC client: as its HTTP status, but that a client who gave a deadline gets
 * its proper status, and one whose route leads nowhere UNAVAILABLE (Gateway API, GRPCRouteRule.backendRefs).
 */
export function grpcStatusOfRefusal(httpStatus: number, flag: ResponseFlag): number {
  switch (flag) {
    case 'UT':
      return GRPC_STATUS.DeadlineExceeded;
    case 'IC':
      return GRPC_STATUS.Unavailable;
    default:
      return grpcStatusOfHttp(httpStatus);
  }
}

/** The HTTP status that says the same (google.rpc.Code), for whoever tells failures by HTTP's classes. */
export function httpStatusOfGrpc(code: number): number {
  switch (code) {
    case GRPC_STATUS.OK:
      return 200;
    case GRPC_STATUS.Canceled:
      return 499;
    case GRPC_STATUS.InvalidArgument:
    case GRPC_STATUS.FailedPrecondition:
    case GRPC_STATUS.OutOfRange:
      return 400;
    case GRPC_STATUS.DeadlineExceeded:
      return 504;
    case GRPC_STATUS.NotFound:
      return 404;
    case GRPC_STATUS.AlreadyExists:
    case GRPC_STATUS.Aborted:
      return 409;
    case GRPC_STATUS.PermissionDenied:
      return 403;
    case GRPC_STATUS.Unauthenticated:
      return 401;
    case GRPC_STATUS.ResourceExhausted:
      return 429;
    case GRPC_STATUS.Unimplemented:
      return 501;
    case GRPC_STATUS.Unavailable:
      return 503;
    default:
      return 500;
  }
}
