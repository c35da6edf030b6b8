// The server's side of mesh mTLS. Accepted sockets are handed to a tls.Server with emit('connection'): it alone
// enforces rejectUnauthorized, a TLSSocket made with isServer does not (DESIGN.md section 5).

import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { IdentitySource, MeshIdentity } from './mesh-identity.ts';
import { type MeshPeer, type PeerRefusal, peerOf, refusalOfVerifyCode, refusePeer } from './mesh-peer.ts';
import { MESH_ALPNS, type MeshProtocol, meshProtocolOf, secureContextOptions } from './tls-context.ts';

export interface MeshServerHandlers {
  /** A peer that is who it says, of our trust domain, and speaks one of our protocols. */
  onConnection(socket: TLSSocket, peer: MeshPeer, protocol: MeshProtocol): void;
  /** A connection that was closed; `remoteAddress` as the socket had it. */
  onRefused(refusal: PeerRefusal, remoteAddress: string | undefined): void;
}

export interface MeshServer extends AsyncDisposable {
  /**
   * Takes over an accepted socket, from its first byte (`unshift` what was read for detection). The TLS socket
   * is half-open where `socket.allowHalfOpen` is.
   */
  accept(socket: Socket): void;
  /** Stops following the identity. Connections live on; they are their owners'. */
  close(): void;
}

/** A peer that connects and then says nothing holds its socket no longer. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Before the source has an identity every handshake fails. */
export function createMeshServer(source: IdentitySource, handlers: MeshServerHandlers): MeshServer {
  const server = createServer({
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: [...MESH_ALPNS],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    ...(source.current && secureContextOptions(source.current)),
  });
  /** Where connections come from that may fail in the handshake. */
  const addresses = new WeakMap<Socket, string>();
  // A new context has new ticket keys too: sessions of the old one are not resumed.
  const stop = source.onRotate((identity) => server.setSecureContext(secureContextOptions(identity)));

  server.on('secureConnection', (socket) => {
    // What happens to it from here on is its owner's; until there is one an error must not end the process.
    socket.on('error', () => {});
    const admitted = admit(socket, source.current);
    if (admitted.kind === 'refused') {
      handlers.onRefused(admitted, socket.remoteAddress);
      // Not now: this is called from inside SSL_read, which a socket that is destroyed pulls away under itself.
      setImmediate(() => socket.destroy());
    } else {
      handlers.onConnection(socket, admitted.peer, admitted.protocol);
    }
  });
  server.on('tlsClientError', (error, socket) => {
    // Undocumented: the accepted socket below. The TLS socket has forgotten by now where it came from.
    const { _parent: accepted } = socket as TLSSocket & { readonly _parent?: Socket | null };
    const address = socket.remoteAddress ?? (accepted ? addresses.get(accepted) : undefined);
    handlers.onRefused(refusalOfError(error, socket), address);
    socket.destroy();
  });

  return {
    accept(socket) {
      if (socket.remoteAddress !== undefined) addresses.set(socket, socket.remoteAddress);
      server.emit('connection', socket);
    },
    close: stop,
    async [Symbol.asyncDispose]() {
      stop();
    },
  };
}

function admit(
  socket: TLSSocket,
  identity: MeshIdentity | undefined,
): { readonly kind: 'admitted'; readonly peer: MeshPeer; readonly protocol: MeshProtocol } | PeerRefusal {
  const protocol = meshProtocolOf(socket.alpnProtocol);
  if (protocol === undefined) {
    return refusePeer('alpn', `the peer asked for none of ${MESH_ALPNS.join(', ')}`);
  }
  if (identity === undefined) return refusePeer('handshake', 'we have no identity');
  const peer = peerOf(socket, identity.id.trustDomain);
  return peer.kind === 'refused' ? peer : { kind: 'admitted', peer, protocol };
}

function refusalOfError(error: NodeJS.ErrnoException, socket: TLSSocket): PeerRefusal {
  // Set when the chain could not be verified; the error itself is only that the socket was closed.
  const code = socket.authorizationError as unknown;
  if (typeof code === 'string') return refusalOfVerifyCode(code);
  if (error.code === 'ERR_SSL_NO_APPLICATION_PROTOCOL') {
    return refusePeer('alpn', `the peer asked for none of ${MESH_ALPNS.join(', ')}`);
  }
  if (error.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') {
    return refusePeer('no_certificate', 'the peer showed no certificate');
  }
  return refusePeer('handshake', error.message);
}
