// Opens a connection to an endpoint: plain TCP, mesh mTLS to the identity that the endpoint must have, or TLS of our
// own where a policy says so.

import { connect, type Socket } from 'node:net';
import type { Endpoint, UpstreamTls } from '@weft/api/proxy-config/types';
import type { MeshProtocol } from '../identity/tls-context.ts';
import { connectShared } from './shared-read.ts';
import { originateTls } from './tls-origination.ts';

/** What is spoken inside the connection; a sidecar is told by ALPN and need not detect it again. */
export type { MeshProtocol } from '../identity/tls-context.ts';

/** An endpoint, and the TLS that it takes where it is outside the mesh. */
export interface DialTarget extends Endpoint {
  readonly tls?: UpstreamTls;
}

export type DialResult =
  | { readonly kind: 'open'; readonly socket: Socket }
  /** `reason` for the log: `connection_refused`, `timeout`, `tls: …`. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Opens connections; `done` is called once. The answer cancels: `done` is not called after it. */
export type Dialer = (
  target: DialTarget,
  protocol: MeshProtocol,
  timeoutMs: number,
  done: (result: DialResult) => void,
) => () => void;

/** Secures an open TCP connection; calls back with the encrypted socket or why not. */
export type Securer = (
  endpoint: Endpoint & { readonly identity: string },
  protocol: MeshProtocol,
  socket: Socket,
  done: (result: DialResult) => void,
) => void;

export function createDialer(secure: Securer | undefined): Dialer {
  return (target, protocol, timeoutMs, done) => {
    const { identity, tls } = target;
    let isOver = false;
    const open = identity === undefined && tls === undefined ? connectShared : connect;
    const socket = open({
      host: target.address,
      port: target.port,
      noDelay: true,
      allowHalfOpen: true,
      keepAlive: true,
    });
    const finish = (result: DialResult): void => {
      if (isOver) {
        // Not now: a TLS socket may be in the middle of its handshake.
        if (result.kind === 'open') setImmediate(() => result.socket.destroy());
        return;
      }
      isOver = true;
      clearTimeout(timer);
      socket.off('error', onError);
      if (result.kind === 'failed') {
        socket.on('error', () => {});
        socket.destroy();
      }
      done(result);
    };
    const onError = (error: NodeJS.ErrnoException): void =>
      finish({ kind: 'failed', reason: failureName(error) });
    const timer = setTimeout(() => finish({ kind: 'failed', reason: 'connection_timeout' }), timeoutMs);
    socket.on('error', onError);
    socket.once('connect', () => {
      if (identity !== undefined) {
        if (secure !== undefined) secure({ ...target, identity }, protocol, socket, finish);
        else finish({ kind: 'failed', reason: 'tls_error: this proxy has no identity yet' });
      } else if (tls !== undefined) originateTls(tls, protocol, socket, finish);
      else finish({ kind: 'open', socket });
    });
    return () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      socket.on('error', () => {});
      socket.destroy();
    };
  };
}

/** `ECONNREFUSED` → `connection_refused`, as far as there are words for it. */
function failureName(error: NodeJS.ErrnoException): string {
  const names: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection_refused',
    ECONNRESET: 'connection_reset',
    EHOSTUNREACH: 'host_unreachable',
    ENETUNREACH: 'network_unreachable',
    ETIMEDOUT: 'connection_timeout',
    EMFILE: 'out_of_file_descriptors',
  };
  return names[error.code ?? ''] ?? error.code ?? error.message;
}
