// Dials endpoints, with mesh mTLS where they have an identity.

import { createMeshClient, type MeshClient } from '../identity/mesh-client.ts';
import type { IdentitySource } from '../identity/mesh-identity.ts';
import { MESH_ALPN } from '../identity/tls-context.ts';
import { createDialer, type Dialer, type Securer } from './dialer.ts';

/** `identity` absent: endpoints that demand one can not be reached. */
export function createMeshDialer(identity: IdentitySource | undefined): {
  readonly dial: Dialer;
  readonly client?: MeshClient;
} {
  if (identity === undefined) return { dial: createDialer(undefined) };
  const client = createMeshClient(identity);
  const secure: Securer = (endpoint, protocol, socket, done) => {
    if (identity.current === undefined) {
      done({ kind: 'failed', reason: 'tls_error: this proxy has no certificate yet' });
      return;
    }
    client.connect(
      { to: socket, expectedIdentity: endpoint.identity, alpn: MESH_ALPN[protocol] },
      (result) => {
        if (result.kind === 'connected') done({ kind: 'open', socket: result.socket });
        else if (result.kind === 'refused') done({ kind: 'failed', reason: `tls_error: ${result.message}` });
        else done({ kind: 'failed', reason: `tls_error: ${result.error.message}` });
      },
    );
  };
  return { dial: createDialer(secure), client };
}
