// The TLS parameters of mesh connections, the same for both sides. One SecureContext is made for each identity and
// side and shared by all connections: a context for each connection costs 100 KiB and lives until it is collected.

import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { MeshIdentity } from './mesh-identity.ts';

/**
 * Application protocols (ALPN, RFC 7301) between sidecars; they tell mesh mTLS from an application's own TLS.
 * `http1-streams` is HTTP/2 that carries requests of HTTP/1.1 clients: many share a connection (decision 0022).
 * `tunnel` is HTTP/2 whose streams are plain CONNECT (RFC 9113 8.5), one for each connection of bytes.
 */
export const MESH_ALPN = {
  http1: 'weft/http1',
  http2: 'weft/http2',
  'http1-streams': 'weft/http1-streams',
  tcp: 'weft/tcp',
  tunnel: 'weft/tunnel',
} as const;
export type MeshProtocol = keyof typeof MESH_ALPN;
export type MeshAlpn = (typeof MESH_ALPN)[MeshProtocol];

export const MESH_ALPNS: readonly MeshAlpn[] = Object.values(MESH_ALPN);
const PROTOCOLS = new Map(
  Object.entries(MESH_ALPN).map(([protocol, alpn]) => [alpn, protocol as MeshProtocol]),
);

export function isMeshAlpn(alpn: string | false | null): alpn is MeshAlpn {
  return (MESH_ALPNS as readonly (string | false | null)[]).includes(alpn);
}

/** What a peer speaks by the ALPN that was agreed on; undefined: nothing of ours. */
export function meshProtocolOf(alpn: string | false | null): MeshProtocol | undefined {
  return PROTOCOLS.get(alpn as MeshAlpn);
}

/** Key exchange: hybrid post-quantum first (draft-ietf-tls-ecdhe-mlkem), where this OpenSSL (3.5) has it. */
const GROUPS = supported(['X25519MLKEM768:X25519:P-256', 'X25519:P-256']);
/** AES-128 first: as strong as anything here needs, and the cheapest for the processor. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** What `createSecureContext` and `Server#setSecureContext` take for an identity. */
export function secureContextOptions(identity: MeshIdentity): SecureContextOptions {
  return {
    key: identity.privateKey,
    cert: identity.chain,
    ca: [...identity.roots],
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    ecdhCurve: GROUPS,
  };
}

function supported(groups: readonly string[]): string {
  for (const list of groups) {
    try {
      createSecureContext({ ecdhCurve: list });
      return list;
    } catch {
      // This OpenSSL does not know one of them.
    }
  }
  return 'auto';
}
