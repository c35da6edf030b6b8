// Layer: requests of browsers in gRPC-Web become gRPC where the cluster is declared to speak that. A server behind any
// other cluster may speak gRPC-Web itself, and gets it as it came.

import type { Protocol } from '@weft/api/proxy-config/types';
import type { Exchange } from '../../stack/exchange.ts';
import { KNOWN } from '../../stack/known-header.ts';
import { grpcWebFormat } from './content-type.ts';
import { GrpcWebStream } from './grpc-web-stream.ts';

/** `protocol`: the cluster's. */
export function translateGrpcWeb(exchange: Exchange, protocol: Protocol): void {
  if (protocol !== 'grpc') return;
  const format = grpcWebFormat(exchange.request.known(KNOWN['content-type']));
  if (format === undefined) return;
  exchange.downstream = new GrpcWebStream(exchange.downstream, format);
  exchange.beginGrpc();
}
