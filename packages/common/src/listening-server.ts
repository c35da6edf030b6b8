// A server of our own once its port is bound, and its end: for pages and APIs, not for the data path.

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ListenTarget, listenError } from './listen-error.ts';

export interface ListeningServer extends AsyncDisposable {
  /** Other than asked for where that was 0. */
  readonly port: number;
  /** Cuts what is open; resolves when all is closed. */
  close(): Promise<void>;
}

/** Binds the port. Rejects with a message for the user where it can not be bound. */
export async function listening(server: Server, target: ListenTarget): Promise<ListeningServer> {
  server.listen(target.port, target.address);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, target);
  }
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, close, [Symbol.asyncDispose]: close };
}
