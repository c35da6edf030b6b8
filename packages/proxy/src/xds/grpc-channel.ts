// A small gRPC client for the control plane: TLS, bearer token, one unary call and one kind of stream.

import { readFile } from 'node:fs/promises';
import type { UpstreamError } from '../stack/http.ts';
import { Ticker } from '../transport/ticker.ts';
import { GrpcCall, type GrpcStream, type GrpcStreamHandlers, grpcRequest } from './grpc-call.ts';
import { GrpcConnection } from './grpc-connection.ts';
import { GRPC_STATUS, GrpcError, type GrpcStatus } from './grpc-status.ts';

export interface GrpcChannelOptions {
  /** host:port */
  readonly address: string;
  /** PEM file with the roots for the server's certificate; read at each connect, since it may rotate. */
  readonly rootsFile: string;
  /** File with the bearer token; read at each call, since it rotates. */
  readonly tokenFile: string;
  /** Default 5 s, for TCP and TLS together. */
  readonly connectTimeoutMs?: number;
  /** After silence of this length a PING tells a server that is gone without a word. Default 10 s. */
  readonly keepaliveMs?: number;
  /** The connection counts as dead when a PING is not answered for so long. Default 5 s. */
  readonly keepaliveTimeoutMs?: number;
}

export class GrpcChannel {
  readonly #options: Required<GrpcChannelOptions>;
  readonly #ticker = new Ticker();
  /** The connection that new calls use, or the attempt to get one; undefined after it is lost. */
  #connection: Promise<GrpcConnection> | undefined;
  readonly #connections = new Set<GrpcConnection>();
  #isClosed = false;

  constructor(options: GrpcChannelOptions) {
    this.#options = { connectTimeoutMs: 5_000, keepaliveMs: 10_000, keepaliveTimeoutMs: 5_000, ...options };
  }

  /** One request, one response. Rejects with a GrpcError. */
  unary(method: string, request: Uint8Array, timeoutMs: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let response: Buffer | undefined;
      let timedOut = false;
      const call = this.stream(method, {
        onOpen: () => {},
        onMessage: (message) => {
          response = message;
        },
        onEnd: (status) => {
          clearTimeout(timer);
          if (status.code === GRPC_STATUS.OK && response !== undefined) resolve(response);
          else if (timedOut) reject(new GrpcError(deadlineExceeded(this.#options.address, timeoutMs)));
          else if (status.code === GRPC_STATUS.OK) reject(new GrpcError(noResponse()));
          else reject(new GrpcError(status));
        },
      });
      const timer = setTimeout(() => {
        timedOut = true;
        call.cancel();
      }, timeoutMs);
      call.write(request);
      call.end();
    });
  }

  /** Opens a call; connects first where there is no connection. */
  stream(method: string, handlers: GrpcStreamHandlers): GrpcStream {
    const call = new GrpcCall(handlers, (error) => this.#explain(error));
    void this.#open(call, method);
    return call;
  }

  /** Ends every call and connection. */
  close(): void {
    this.#isClosed = true;
    this.#connection = undefined;
    for (const connection of this.#connections) connection.close();
  }

  async #open(call: GrpcCall, method: string): Promise<void> {
    const { address, tokenFile } = this.#options;
    try {
      // Twice: a connection may be about to go when it is asked.
      for (let attempt = 0; attempt < 2; attempt++) {
        if (this.#isClosed) throw new Error('the channel is closed');
        const connecting = (this.#connection ??= this.#connect());
        const [connection, token] = await Promise.all([connecting, readFile(tokenFile, 'utf8')]);
        if (call.isDone) return;
        const stream = connection.open();
        if (stream !== undefined) return call.start(stream, grpcRequest(method, address, token.trim()));
        if (this.#connection === connecting) this.#connection = undefined;
      }
      throw new Error(`control plane ${address}: it takes no more calls`);
    } catch (error) {
      call.finish({ code: GRPC_STATUS.UNAVAILABLE, message: (error as Error).message });
    }
  }

  #connect(): Promise<GrpcConnection> {
    const forget = () => {
      if (this.#connection === attempt) this.#connection = undefined;
    };
    const attempt = this.#establish(forget);
    attempt.catch(forget);
    return attempt;
  }

  /** `onLost`: new calls need another connection. */
  async #establish(onLost: () => void): Promise<GrpcConnection> {
    const { rootsFile, ...options } = this.#options;
    const roots = await readFile(rootsFile, 'utf8');
    if (this.#isClosed) throw new Error('the channel is closed');
    const connection: GrpcConnection = new GrpcConnection({
      ...options,
      roots,
      ticker: this.#ticker,
      onLost,
      onClosed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    await connection.ready;
    return connection;
  }

  #explain({ details }: UpstreamError): string {
    const { address, keepaliveTimeoutMs } = this.#options;
    const why = details.includes('keepalive_timeout')
      ? `did not answer a PING within ${keepaliveTimeoutMs} ms`
      : details.includes('connection_termination')
        ? 'connection lost'
        : details;
    return `control plane ${address}: ${why}`;
  }
}

function deadlineExceeded(address: string, timeoutMs: number): GrpcStatus {
  return {
    code: GRPC_STATUS.DEADLINE_EXCEEDED,
    message: `control plane ${address}: no answer within ${timeoutMs} ms`,
  };
}

function noResponse(): GrpcStatus {
  return { code: GRPC_STATUS.INTERNAL, message: 'the call ended without a response' };
}
