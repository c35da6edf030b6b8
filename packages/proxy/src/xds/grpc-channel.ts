// A small gRPC client for the control plane: TLS, bearer token, one unary call and one kind of stream. The only
// file that knows the HTTP/2 implementation: node:http2's core API, loaded when the first call is made.

import { readFile } from 'node:fs/promises';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { frameMessage, MessageDeframer } from './grpc-framing.ts';
import { decodeGrpcMessage, GRPC_STATUS, GrpcError, type GrpcStatus, statusOfHttp } from './grpc-status.ts';

export interface GrpcChannelOptions {
  /** host:port */
  readonly address: string;
  /** PEM file with the roots for the server's certificate; read at each connect, since it may rotate. */
  readonly rootsFile: string;
  /** File with the bearer token; read at each call, since it rotates. */
  readonly tokenFile: string;
  /** Default 5 s, for TCP and TLS together. */
  readonly connectTimeoutMs?: number;
  /** A PING so often tells a server that is gone without a word. Default 10 s. */
  readonly keepaliveMs?: number;
  /** The connection counts as dead when a PING is not answered for so long. Default 5 s. */
  readonly keepaliveTimeoutMs?: number;
}

export interface GrpcStreamHandlers {
  /** The server has accepted the call. */
  onOpen(): void;
  onMessage(message: Buffer): void;
  /** Exactly once, after which nothing else is called. */
  onEnd(status: GrpcStatus): void;
}

/** A call that is open both ways. */
export interface GrpcStream {
  /** Sends a message; dropped where the call has ended. */
  write(message: Uint8Array): void;
  /** Says that no message follows. */
  end(): void;
  /** Ends the call; `onEnd` gets CANCELLED. */
  cancel(): void;
}

/** Far above any message of a mesh, and a bound for a server that has gone mad. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** RFC 9113 section 7; without effect on a stream that has ended both ways. */
const RST_STREAM_CANCEL = 0x8;

export class GrpcChannel {
  readonly #options: Required<GrpcChannelOptions>;
  /** The session that new calls use, or the attempt to get one; undefined after it is lost. */
  #session: Promise<ClientHttp2Session> | undefined;
  readonly #sessions = new Set<ClientHttp2Session>();
  #closed = false;

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
    const call = new GrpcCall(handlers);
    void this.#open(call, method);
    return call;
  }

  /** Ends every call and connection. */
  close(): void {
    this.#closed = true;
    this.#session = undefined;
    for (const session of this.#sessions) session.destroy();
  }

  async #open(call: GrpcCall, method: string): Promise<void> {
    try {
      if (this.#closed) throw new Error('the channel is closed');
      this.#session ??= this.#connect();
      const [session, token] = await Promise.all([this.#session, readFile(this.#options.tokenFile, 'utf8')]);
      call.start(session, {
        ':method': 'POST',
        ':path': method,
        te: 'trailers',
        'content-type': 'application/grpc',
        'user-agent': 'weft-proxy',
        authorization: `Bearer ${token.trim()}`,
      });
    } catch (error) {
      call.finish({ code: GRPC_STATUS.UNAVAILABLE, message: (error as Error).message });
    }
  }

  #connect(): Promise<ClientHttp2Session> {
    const forget = () => {
      if (this.#session === attempt) this.#session = undefined;
    };
    const attempt = this.#establish(forget);
    attempt.catch(forget);
    return attempt;
  }

  /** `onLost`: new calls need another session. */
  async #establish(onLost: () => void): Promise<ClientHttp2Session> {
    const { address, rootsFile, connectTimeoutMs } = this.#options;
    // Not by import: see admin/http-server.ts for what that costs.
    const http2 = process.getBuiltinModule('node:http2');
    const ca = await readFile(rootsFile, 'utf8');
    if (this.#closed) throw new Error('the channel is closed');
    const session = http2.connect(`https://${address}`, {
      ca,
      minVersion: 'TLSv1.3',
      settings: { enablePush: false },
    });
    this.#sessions.add(session);
    session.once('goaway', onLost);
    session.once('close', () => {
      onLost();
      this.#sessions.delete(session);
    });
    await connected(session, address, connectTimeoutMs);
    this.#keepAlive(session);
    return session;
  }

  /** PINGs while the session lives. */
  #keepAlive(session: ClientHttp2Session): void {
    const { keepaliveMs, keepaliveTimeoutMs, address } = this.#options;
    let deadline: NodeJS.Timeout | undefined;
    const interval = setInterval(() => {
      if (session.destroyed || deadline !== undefined) return;
      deadline = setTimeout(() => {
        session.destroy(new Error(`${address} did not answer a PING within ${keepaliveTimeoutMs} ms`));
      }, keepaliveTimeoutMs).unref();
      session.ping(() => {
        clearTimeout(deadline);
        deadline = undefined;
      });
    }, keepaliveMs).unref();
    session.once('close', () => {
      clearInterval(interval);
      clearTimeout(deadline);
    });
  }
}

/** Resolves when TLS and HTTP/2 stand; rejects with a message that names the address. */
function connected(session: ClientHttp2Session, address: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      session.destroy(new Error(`no connection within ${timeoutMs} ms`));
    }, timeoutMs);
    session.once('connect', () => {
      clearTimeout(timer);
      resolve();
    });
    // Stays for the session's life: later errors reach the calls through their own 'close'.
    session.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`control plane ${address}: ${error.message}`, { cause: error }));
    });
    session.once('close', () => {
      clearTimeout(timer);
      reject(new Error(`control plane ${address}: the connection was closed`));
    });
  });
}

/** One call. Before the connection stands, messages wait in it. */
class GrpcCall implements GrpcStream {
  readonly #handlers: GrpcStreamHandlers;
  readonly #deframer = new MessageDeframer(MAX_MESSAGE_BYTES);
  readonly #waiting: Buffer[] = [];
  #ending = false;
  #done = false;
  #stream: ClientHttp2Stream | undefined;

  constructor(handlers: GrpcStreamHandlers) {
    this.#handlers = handlers;
  }

  write(message: Uint8Array): void {
    if (this.#done) return;
    const framed = frameMessage(message);
    if (this.#stream === undefined) this.#waiting.push(framed);
    else this.#stream.write(framed);
  }

  end(): void {
    this.#ending = true;
    this.#stream?.end();
  }

  cancel(): void {
    this.finish({ code: GRPC_STATUS.CANCELLED, message: 'cancelled by us' });
  }

  start(session: ClientHttp2Session, headers: Record<string, string>): void {
    if (this.#done) return;
    const stream = session.request(headers);
    this.#stream = stream;
    let status: GrpcStatus | undefined;
    stream.on('response', (head) => {
      // "Trailers-only" (PROTOCOL-HTTP2.md): a refusal comes as the response head.
      status = statusIn(head);
      if (status === undefined) this.#handlers.onOpen();
    });
    stream.on('trailers', (trailers) => {
      status ??= statusIn(trailers);
    });
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (error) => this.finish({ code: GRPC_STATUS.UNAVAILABLE, message: error.message }));
    const ended = () => this.finish(status ?? { code: GRPC_STATUS.UNAVAILABLE, message: 'connection lost' });
    // The server's half has ended and with it the call, though ours may be open; `close` is for what was cut.
    stream.on('end', ended);
    stream.on('close', ended);
    for (const framed of this.#waiting.splice(0)) stream.write(framed);
    if (this.#ending) stream.end();
  }

  finish(status: GrpcStatus): void {
    if (this.#done) return;
    this.#done = true;
    this.#stream?.close(RST_STREAM_CANCEL);
    this.#handlers.onEnd(status);
  }

  #receive(chunk: Buffer): void {
    try {
      this.#deframer.push(chunk, (message) => {
        if (!this.#done) this.#handlers.onMessage(message);
      });
    } catch (error) {
      this.finish({ code: GRPC_STATUS.INTERNAL, message: (error as Error).message });
    }
  }
}

function statusIn(
  headers: IncomingHttpHeaders & { readonly ':status'?: number | undefined },
): GrpcStatus | undefined {
  const code = headers['grpc-status'];
  if (typeof code === 'string') {
    const message = headers['grpc-message'];
    return { code: Number(code), message: decodeGrpcMessage(typeof message === 'string' ? message : '') };
  }
  const http = headers[':status'];
  return http === undefined || http === 200 ? undefined : statusOfHttp(http);
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
