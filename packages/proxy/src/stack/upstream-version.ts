// Which version of HTTP goes to an endpoint.

import type { Protocol } from '@weft/api/proxy-config/types';
import type { HttpVersion } from './http.ts';

/** What the port declares; without a word about the version, the one that the client speaks. */
export function upstreamVersion(protocol: Protocol, client: HttpVersion): HttpVersion {
  return protocol === 'http2' || protocol === 'grpc' ? 'http2' : client;
}
