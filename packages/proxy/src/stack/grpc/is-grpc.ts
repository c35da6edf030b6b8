// Tells gRPC from other HTTP by the request's content type: asked once for each request.

import type { RequestHead } from '../http.ts';
import { KNOWN } from '../known-header.ts';

const GRPC = 'application/grpc';

/** `application/grpc`, also with a codec (`+proto`) or parameters (`;…`); not `application/grpc-web`. */
export function isGrpcContentType(value: string | undefined): boolean {
  if (value === undefined || !value.startsWith(GRPC)) return false;
  if (value.length === GRPC.length) return true;
  const next = value.charCodeAt(GRPC.length);
  return next === PLUS || next === SEMICOLON;
}

const PLUS = 43;
const SEMICOLON = 59;

/** gRPC, or gRPC-Web, which is the same call in the form of browsers: routes for gRPC are for both. */
export function isGrpcCallType(value: string | undefined): boolean {
  return isGrpcContentType(value) || (value !== undefined && GRPC_WEB.test(value));
}

/** grpc: doc/PROTOCOL-WEB.md. */
const GRPC_WEB = /^application\/grpc-web(?:-text)?(?:\+|[ \t]*;|$)/i;

export function isGrpc(request: RequestHead): boolean {
  return isGrpcContentType(request.known(KNOWN['content-type']));
}
