// What becomes of a connection to a port, by what it speaks, what the port declares and its mTLS mode: a pure
// decision, the same in `weft explain`.

import type { InboundPort, Protocol } from '@weft/api/proxy-config/types';
import type { ConnectionKind } from './classify.ts';

export type Admission =
  /** Requests, each of which is authorized; in mode STRICT each is answered 403 where the caller is in plain text. */
  | 'http'
  /** Authorized once, then bytes both ways. */
  | 'bytes'
  /** Closed: plain text to a port in mode STRICT, and no HTTP in which to say why. */
  | 'refused'
  /** A client that left without a word (a port probe). */
  | 'gone';

/** After the handshake of mesh mTLS. `isHttp`: the caller's sidecar took it for HTTP (its ALPN). */
export function admitMesh({ protocol }: InboundPort, isHttp: boolean): 'http' | 'bytes' {
  // Who declares HTTP gets HTTP, whatever the caller's sidecar took it for: headers are cleaned then.
  return isHttp || declaresHttp(protocol) ? 'http' : 'bytes';
}

/** Anything but mesh mTLS. `kind`: undefined where the client ended before it could be told. */
export function admitPlainText({ protocol, mtls }: InboundPort, kind: ConnectionKind | undefined): Admission {
  const speaksHttp = kind === 'http1' || kind === 'http2';
  const isHttp = declaresHttp(protocol) || (speaksHttp && protocol !== 'tcp' && protocol !== 'tls');
  const isStrict = mtls.mode === 'STRICT';
  // Of a client that left only bytes can still be for it.
  if (kind === undefined && (isHttp || isStrict)) return 'gone';
  if (isStrict && !(isHttp && speaksHttp)) return 'refused';
  // HTTP on a port that says HTTP, whatever it looks like: what is malformed is refused by the codec.
  return isHttp && kind !== 'tls' && kind !== 'mesh' ? 'http' : 'bytes';
}

function declaresHttp(protocol: Protocol): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc';
}
