// The client's side of mesh mTLS: one context for all connections, and the server's certificate has to carry exactly
// the SPIFFE id that the endpoint was configured with. Host names mean nothing here.
//
// Sessions are not resumed: on a resumed one Node (26.10) shows the client no peer certificate, and who answers could
// not be checked. Connections are pooled, so that handshakes are few.

import type { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { IdentitySource } from './mesh-identity.ts';
import { type MeshPeer, type PeerRefusal, peerOf, refusalOfVerifyCode, refusePeer } from './mesh-peer.ts';
import { identityOf, type NamedCertificate } from './spiffe.ts';
import { type MeshAlpn, secureContextOptions } from './tls-context.ts';

export interface MeshConnectOptions {
  /** A connected or connecting socket to speak over, or where to connect to. */
  readonly to: Socket | { readonly host: string; readonly port: number; readonly allowHalfOpen?: boolean };
  /** SPIFFE id that the server has to have. */
  readonly expectedIdentity: string;
  readonly alpn: MeshAlpn;
}

export type MeshConnectResult =
  | { readonly kind: 'connected'; readonly socket: TLSSocket; readonly peer: MeshPeer }
  /** The server is not the one expected; the connection is closed. */
  | PeerRefusal
  /** No connection, or it was lost during the handshake (also: destroyed by the caller). */
  | { readonly kind: 'failed'; readonly error: NodeJS.ErrnoException };

export interface MeshClient extends AsyncDisposable {
  /**
   * Calls `done` once. TLS 1.3 ends the client's handshake before the server has judged the client's certificate:
   * a server that refuses us closes the connection after `connected`.
   * The socket returned may be destroyed at any time, to give up.
   */
  connect(options: MeshConnectOptions, done: (result: MeshConnectResult) => void): TLSSocket;
  /** Stops following the identity. Connections live on. */
  close(): void;
}

/** Throws from `connect` while the source has no identity: wait for it before taking traffic. */
export function createMeshClient(source: IdentitySource): MeshClient {
  let context: SecureContext | undefined =
    source.current && createSecureContext(secureContextOptions(source.current));
  const stop = source.onRotate((identity) => {
    context = createSecureContext(secureContextOptions(identity));
  });

  return {
    connect(options, done) {
      const identity = source.current;
      if (context === undefined || identity === undefined) throw new Error('there is no mesh identity yet');
      return dial(options, { context, trustDomain: identity.id.trustDomain }, done);
    },
    close: stop,
    async [Symbol.asyncDispose]() {
      stop();
    },
  };
}

interface Dialer {
  readonly context: SecureContext;
  readonly trustDomain: string;
}

function dial(
  { to, expectedIdentity, alpn }: MeshConnectOptions,
  { context, trustDomain }: Dialer,
  done: (result: MeshConnectResult) => void,
): TLSSocket {
  const socket = connect({
    ...('port' in to ? { ...to, noDelay: true } : { socket: to }),
    secureContext: context,
    ALPNProtocols: [alpn],
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => identityError(certificate, expectedIdentity),
  });
  let finish = (result: MeshConnectResult) => {
    finish = () => {};
    done(result);
  };
  socket.on('error', (error: NodeJS.ErrnoException) => finish(resultOfError(error)));
  socket.once('close', () => {
    finish({ kind: 'failed', error: new Error('the connection was closed during the handshake') });
  });
  socket.once('secureConnect', () => {
    const admitted = admit(socket, trustDomain, expectedIdentity, alpn);
    if (admitted.kind === 'refused') {
      // Not now: this is called from inside SSL_read, which a socket that is destroyed pulls away under itself.
      setImmediate(() => {
        finish(admitted);
        socket.destroy();
      });
      return;
    }
    finish({ kind: 'connected', socket, peer: admitted });
  });
  return socket;
}

/** Looks again at what checkServerIdentity has seen: one check more than TLS's own costs nothing here. */
function admit(
  socket: TLSSocket,
  trustDomain: string,
  expectedIdentity: string,
  alpn: MeshAlpn,
): MeshPeer | PeerRefusal {
  if (socket.alpnProtocol !== alpn) return refusePeer('alpn', `the server does not speak ${alpn}`);
  const peer = peerOf(socket, trustDomain);
  if (peer.kind === 'peer' && peer.identity !== expectedIdentity) {
    return refusePeer('wrong_identity', `the server is ${peer.identity}, expected ${expectedIdentity}`);
  }
  return peer;
}

class RefusedError extends Error {
  readonly refusal: PeerRefusal;

  constructor(refusal: PeerRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

function identityError(certificate: NamedCertificate, expectedIdentity: string): Error | undefined {
  const named = identityOf(certificate);
  if (named.kind === 'refused') return new RefusedError(refusePeer('no_identity', named.message));
  const { uri } = named.id;
  if (uri === expectedIdentity) return undefined;
  return new RefusedError(refusePeer('wrong_identity', `the server is ${uri}, expected ${expectedIdentity}`));
}

function resultOfError(error: NodeJS.ErrnoException): MeshConnectResult {
  if (error instanceof RefusedError) return error.refusal;
  const refusal = refusalOfVerifyCode(error.code ?? '');
  return refusal.reason === 'handshake' ? { kind: 'failed', error } : refusal;
}
