// Opens a connection to an endpoint: plain TCP, or mesh mTLS to the identity that the endpoint must have.

import { connect, type Socket } from 'node:net';
import type { Endpoint } from '@weft/api/proxy-config/types';
import { connectShared } from './shared-read.ts';

/** What is spoken inside the TLS connection; the server side need not detect it again. */
export type MeshProtocol = 'http1' | 'tcp';

export type DialResult =
  | { readonly kind: 'open'; readonly socket: Socket }
  /** `reason` for the log: `connection_refused`, `timeout`, `tls: …`. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Opens connections; `done` is called once. The answer cancels: `done` is not called after it. */
export type Dialer = (
  endpoint: Endpoint,
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
  return (endpoint, protocol, timeoutMs, done) => {
    let isOver = false;
    // Whether opaque bytes come first from there may have to be seen: relays share their reads later.
    const open = protocol === 'http1' && endpoint.identity === undefined ? connectShared : connect;
    const socket = open({
      host: endpoint.address,
      port: endpoint.port,
      noDelay: true,
      allowHalfOpen: true,
      keepAlive: true,
    });
    const finish = (result: DialResult): void => {
      if (isOver) {
        if (result.kind === 'open') result.socket.destroy();
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
      const { identity } = endpoint;
      if (identity === undefined) finish({ kind: 'open', socket });
      else if (secure === undefined)
        finish({ kind: 'failed', reason: 'tls_error: this proxy has no identity yet' });
      else secure({ ...endpoint, identity }, protocol, socket, finish);
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
