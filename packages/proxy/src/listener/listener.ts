// A bound socket: accepts connections and hands them to its side of the proxy; drains without cutting any off.

import { createServer, type Server, type Socket } from 'node:net';
import type { Listener as ListenerConfig } from '@weft/api/proxy-config/types';
import { listenError } from '@weft/common/listen-error';

/** What serves the connections of one listener. */
export interface ConnectionHandler {
  accept(socket: Socket): void;
}

/** Connections that may wait in the kernel: a burst must not be refused before we have seen it. */
const BACKLOG = 4_096;

export class Listener implements AsyncDisposable {
  readonly config: ListenerConfig;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(config: ListenerConfig, handler: ConnectionHandler) {
    this.config = config;
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true },
      (socket) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
        socket.on('error', ignoreError);
        handler.accept(socket);
      },
    );
  }

  /** The port that is bound; other than asked for where that was 0. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.config.port;
  }

  /** Accepted and not closed yet. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Rejects with a message for the user when the port can not be bound. */
  open(): Promise<void> {
    const { address, port, name } = this.config;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const remedy = `change the port of listener '${name}' or stop what holds it`;
        reject(listenError(error, { address, port, purpose: `listener ${name}`, remedy }));
      });
      this.#server.listen({ host: address, port, backlog: BACKLOG }, () => {
        this.#server.removeAllListeners('error');
        resolve();
      });
    });
  }

  /** Takes no new connections; resolves when the last one is closed. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Cuts what is still open. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.close();
    this.destroy();
    await closed;
  }
}

function ignoreError(): void {
  // `close` follows.
}
