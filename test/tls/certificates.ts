// Certificates of endpoints outside the mesh: an authority of their own, and TLS servers that show what it signed.

import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { CertificateAuthority } from '@weft/control-plane/identity/ca';
import { listen } from '../proxy/http.ts';

export interface TlsOrigin extends AsyncDisposable {
  readonly port: number;
  /** SNI of each connection, in order. */
  readonly serverNames: readonly (string | false | null)[];
  readonly connections: number;
}

/** Key and chain for these DNS names. */
export async function serving(
  authority: CertificateAuthority,
  dnsNames: readonly string[],
): Promise<{ readonly key: string; readonly cert: string }> {
  const { privateKey, chain } = await authority.issueServing({ dnsNames, ipAddresses: [] });
  return { key: privateKey, cert: chain };
}

/** A TLS server on a free port. */
export async function startTlsOrigin(
  options: TlsOptions,
  serve: (socket: TLSSocket) => void,
): Promise<TlsOrigin> {
  const serverNames: (string | false | null)[] = [];
  const sockets = new Set<{ destroy(): void }>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true, ...options } as TlsOptions, (socket) => {
    serverNames.push(socket.servername);
    socket.on('error', () => {});
    serve(socket);
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  return {
    port: await listen(server),
    serverNames,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
