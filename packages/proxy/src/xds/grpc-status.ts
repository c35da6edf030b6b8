// gRPC status codes (grpc.io/docs/guides/status-codes) and how a call ends.

import { grpcStatusOfHttp } from '../stack/grpc/grpc-status.ts';

export const GRPC_STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
}

export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;

  constructor(status: GrpcStatus) {
    super(status.message);
    this.code = status.code;
  }
}

/** How a call without a grpc-status ended, told from the HTTP status (grpc: doc/http-grpc-status-mapping.md). */
export function statusOfHttp(status: number): GrpcStatus {
  const message = `HTTP status ${status} from something that is no gRPC server`;
  return { code: grpcStatusOfHttp(status), message };
}

/** grpc-message is percent-encoded UTF-8 (grpc: PROTOCOL-HTTP2.md); text that is not stays as it is. */
export function decodeGrpcMessage(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
