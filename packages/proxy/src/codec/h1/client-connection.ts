// The client side of HTTP/1.1: sends one request at a time to an endpoint and reads its answer.
// Reused from a pool (upstream/http1-pool.ts), which is told when the connection is free or gone.
//
// After a 101 the connection is a tunnel: request and response data are its bytes, each way until its end.

import type { Socket } from 'node:net';
import type {
  RequestHead,
  Trailers,
  UpstreamError,
  UpstreamOwner,
  UpstreamStream,
} from '../../stack/http.ts';
import { KNOWN } from '../../stack/known-header.ts';
import { abort } from '../../transport/abort.ts';
import { DEFAULT_LIMITS, type H1Limits } from './limits.ts';
import { H1ResponseHead } from './message.ts';
import { BodyReader, HeadGatherer } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import { parseResponseHead } from './parse-head.ts';
import { type H1Refusal, REFUSALS } from './refusal.ts';
import { newWebSocketKey, webSocketAccept } from './websocket-key.ts';
import { isChunkedRequest, sentLength, UnwritableHead, writeRequestHead } from './write-head.ts';

/** The pool. */
export interface ClientConnectionOwner {
  /** The answer is complete and the connection can take another request. */
  onFree(connection: H1ClientConnection): void;
  /** The connection is closed and not to be used again; called once. */
  onGone(connection: H1ClientConnection): void;
}

/** 1xx heads before the final one; more is an endpoint gone wrong. */
const MAX_INFORMATIONAL = 32;

export class H1ClientConnection implements UpstreamStream {
  readonly version = 'http1';
  readonly socket: Socket;
  /** Requests sent so far. */
  requests = 0;
  /** Ticker.now when it last came free; the pool's. */
  freeSince = 0;
  /** What the server announced (`Keep-Alive: timeout=…`): it closes an idle connection after so long. */
  keepAliveSeconds: number | undefined;

  #owner: ClientConnectionOwner;
  #limits: H1Limits;
  #stream: UpstreamOwner | undefined;
  #gatherer: HeadGatherer;
  #body: BodyReader;
  #writer: MessageWriter;
  #response = new H1ResponseHead();
  #state: 'idle' | 'head' | 'body' | 'tunnel' | 'gone' = 'idle';
  #isRequestSent = true;
  #isHeadRequest = false;
  #isUpgradeRequest = false;
  /** The key that was made for a WebSocket of a version without keys. */
  #webSocketKey: string | undefined;
  /** Request bytes that may still be sent, where a head of another version has told their number. */
  #bytesToSend = -1;
  #hasAnswered = false;
  #isReusable = true;
  #isPaused = false;
  /** The owner took a part of the body and asked to wait with the next. */
  #isBodyRefused = false;
  #informational = 0;

  constructor(socket: Socket, owner: ClientConnectionOwner, limits: H1Limits = DEFAULT_LIMITS) {
    this.socket = socket;
    this.#owner = owner;
    this.#limits = limits;
    this.#gatherer = new HeadGatherer(limits, 'HTTP/1.');
    this.#body = new BodyReader(limits);
    this.#writer = new MessageWriter(socket);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', ignoreError);
    socket.on('close', this.#onClose);
  }

  get isUsable(): boolean {
    return (
      this.#state === 'idle' &&
      this.#isReusable &&
      !this.socket.destroyed &&
      this.socket.readyState === 'open'
    );
  }

  /** Takes the connection for one request. */
  start(stream: UpstreamOwner): void {
    this.#stream = stream;
    this.#state = 'head';
    this.#hasAnswered = false;
    this.#isRequestSent = false;
    this.#informational = 0;
    this.requests++;
  }

  // --- UpstreamStream --------------------------------------------------------------------------------------

  sendHead(head: RequestHead): void {
    this.#isHeadRequest = head.method === 'HEAD';
    this.#isUpgradeRequest = head.upgrade !== undefined;
    // Of an upgrade without a body the end is told when the tunnel is over.
    this.#isRequestSent = this.#isUpgradeRequest && !head.hasBody;
    this.#bytesToSend = head.version === 'http1' ? -1 : sentLength(head);
    this.#webSocketKey = keyFor(head);
    try {
      this.#writer.head(writeRequestHead(head, this.#webSocketKey), isChunkedRequest(head));
    } catch (error) {
      if (!(error instanceof UnwritableHead)) throw error;
      this.#breakOff(REFUSALS.unwritableHead);
    }
  }

  sendData(chunk: Buffer): boolean {
    if (this.#bytesToSend >= 0 && this.#state !== 'tunnel') {
      this.#bytesToSend -= chunk.length;
      // The rest would be read as another request.
      if (this.#bytesToSend < 0) {
        this.#breakOff(REFUSALS.unwritableBody);
        return true;
      }
    }
    return this.#writer.data(chunk);
  }

  flush(): void {
    this.#writer.flush();
  }

  sendEnd(trailers: Trailers | undefined): void {
    this.#writer.end(trailers);
    if (this.#state === 'tunnel') this.#endTunnel();
    else this.#isRequestSent = true;
  }

  pauseResponse(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  resumeResponse(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.socket.resume();
  }

  abort(): void {
    const wasTunnel = this.#state === 'tunnel';
    this.#stream = undefined;
    this.#state = 'gone';
    // Whoever is at the tunnel's other end has to see that it broke.
    if (wasTunnel) abort(this.socket);
    else this.socket.destroy();
  }

  /** Ends an idle connection in good order. */
  close(): void {
    this.#isReusable = false;
    if (this.#state === 'idle') this.socket.destroySoon();
  }

  // --- reading ---------------------------------------------------------------------------------------------

  #onData = (chunk: Buffer): void => {
    let rest: Buffer | undefined = chunk;
    while (rest !== undefined) {
      if (this.#state === 'head') {
        this.#hasAnswered = true;
        rest = this.#readHead(rest);
      } else if (this.#state === 'body' || this.#state === 'tunnel') rest = this.#readBody(rest);
      else {
        // An idle connection has nothing to say: such bytes would be taken for the next request's answer.
        if (this.#state === 'idle') this.#breakOff(REFUSALS.unexpectedBytes);
        return;
      }
    }
  };

  #readHead(chunk: Buffer): Buffer | undefined {
    const text = this.#gatherer.take(chunk);
    if (text === undefined) return undefined;
    if (typeof text !== 'string') return this.#breakOff(text);
    const rest = this.#gatherer.rest;
    const head = this.#response;
    head.reset(text);
    const status = parseResponseHead(head, this.#limits);
    if (typeof status !== 'number') return this.#breakOff(status);
    head.status = status;
    if (status === 101) return this.#switchProtocols(head) ? rest : undefined;
    if (status < 200) {
      if (++this.#informational > MAX_INFORMATIONAL) return this.#breakOff(REFUSALS.tooManyInformational);
      this.#stream?.onInformational(head);
      return rest;
    }
    this.#beginBody(head);
    this.#stream?.onResponseHead(head);
    if (this.#body.isDone) this.#complete(rest !== undefined);
    else if (rest === undefined) this.#stream?.onResponseFlush();
    return rest;
  }

  /** RFC 9112 6.3: how long the answer's body is. */
  #beginBody(head: H1ResponseHead): void {
    this.#state = 'body';
    const { status, contentLength, isChunked } = head;
    const hasNone = this.#isHeadRequest || status === 204 || status === 304;
    if (hasNone) this.#body.reset();
    else this.#body.begin(isChunked, contentLength, contentLength < 0);
    // A 204 that announces a body (RFC 9110 8.6 and RFC 9112 6.1 forbid it) may well send one.
    const isOdd = status === 204 && (isChunked || contentLength > 0);
    if (!head.isPersistent || this.#body.isUntilClose || isOdd) this.#isReusable = false;
    const keepAlive = head.known(KNOWN['keep-alive']);
    if (keepAlive !== undefined) this.keepAliveSeconds = keepAliveTimeout(keepAlive);
  }

  #readBody(chunk: Buffer): Buffer | undefined {
    this.#isBodyRefused = false;
    const end = this.#body.read(chunk, 0, this.#takeBody);
    if (this.#body.refusal !== undefined) return this.#breakOff(this.#body.refusal);
    if (this.#body.isDone) this.#complete(end < chunk.length);
    else if (this.#stream !== undefined) {
      if (this.#isBodyRefused) this.pauseResponse();
      this.#stream.onResponseFlush();
    }
    return end < chunk.length ? chunk.subarray(end) : undefined;
  }

  #takeBody = (data: Buffer): void => {
    if (this.#stream?.onResponseData(data) === false) this.#isBodyRefused = true;
  };

  /** `hasMore`: bytes follow that nobody asked for; on a reused connection they would answer the next request. */
  #complete(hasMore: boolean): void {
    const stream = this.#stream;
    const trailers = this.#body.trailers;
    this.#stream = undefined;
    this.#body.reset();
    this.#response.text = '';
    this.resumeResponse();
    // The answer came before the request was through: what is left of it would be read as another request.
    const isFree = this.#isReusable && this.#isRequestSent && !hasMore && this.#state === 'body';
    if (isFree) {
      this.#state = 'idle';
      this.#owner.onFree(this);
    }
    stream?.onResponseEnd(trailers);
    if (!isFree) this.#finish();
  }

  /** A request that is through may still be on its way; the rest of one that is not helps nobody. */
  #finish(): void {
    this.#state = 'gone';
    if (this.#isRequestSent) this.socket.destroySoon();
    else this.socket.destroy();
  }

  /** RFC 9110 7.8: only where it was asked for, and after the whole request. */
  #switchProtocols(head: H1ResponseHead): boolean {
    const isAskedFor = this.#isUpgradeRequest && (head.present & (1 << KNOWN.upgrade)) !== 0;
    const key = this.#webSocketKey;
    const isAccepted = key === undefined || head.header('sec-websocket-accept') === webSocketAccept(key);
    if (!isAskedFor || !isAccepted || !this.#isRequestSent) {
      this.#breakOff(REFUSALS.unexpectedSwitch);
      return false;
    }
    this.#state = 'tunnel';
    this.#isReusable = false;
    this.#isRequestSent = false;
    this.#body.beginTunnel();
    this.#stream?.onResponseHead(head);
    return true;
  }

  /** One way of the tunnel is over: ours (the request's), when its owner says so. */
  #endTunnel(): void {
    this.#isRequestSent = true;
    this.socket.end();
    if (this.#body.isDone) this.#leaveTunnel();
  }

  /** Theirs (the response's), when the endpoint says so. */
  #onTunnelEnd(): void {
    const stream = this.#stream;
    this.#body.reset();
    if (this.#isRequestSent) this.#leaveTunnel();
    stream?.onResponseEnd(undefined);
  }

  #leaveTunnel(): void {
    this.#stream = undefined;
    this.#state = 'gone';
  }

  #onEnd = (): void => {
    if (this.#state === 'tunnel') this.#onTunnelEnd();
    else if (this.#state === 'body' && this.#body.isUntilClose) this.#complete(false);
    // Nothing more can come of it, whatever is still to be written.
    else if (this.#state !== 'gone') this.socket.destroy();
  };

  #onClose = (): void => {
    const stream = this.#stream;
    const state = this.#state;
    this.#state = 'gone';
    this.#stream = undefined;
    this.#owner.onGone(this);
    stream?.onUpstreamError(this.#connectionLost(state));
  };

  #connectionLost(state: string): UpstreamError {
    const isIdleClosed = state === 'head' && !this.#hasAnswered && this.requests > 1;
    return {
      flag: 'UC',
      details: `upstream_reset_${this.#hasAnswered ? 'after' : 'before'}_response_started{connection_termination}`,
      safety: isIdleClosed ? 'idle-closed' : 'sent',
    };
  }

  /** The endpoint broke the protocol: nothing more from this connection can be trusted. */
  #breakOff(refusal: H1Refusal): undefined {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#state = 'gone';
    this.socket.destroy();
    stream?.onUpstreamError({ flag: 'UPE', details: `upstream_${refusal.details}`, safety: 'sent' });
    return undefined;
  }

  #onDrain = (): void => {
    this.#writer.needsDrain = false;
    this.#stream?.onUpstreamDrain();
  };
}

/** A key where the head is of a version without them; the client's own goes on as it is. */
function keyFor(head: RequestHead): string | undefined {
  return head.version !== 'http1' && head.upgrade === 'websocket' ? newWebSocketKey() : undefined;
}

/** `timeout=5, max=100` → 5 (draft-thomson-hybi-http-timeout 2, as servers send it). */
function keepAliveTimeout(value: string): number | undefined {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function ignoreError(): void {
  // `close` follows and says all that we need.
}
