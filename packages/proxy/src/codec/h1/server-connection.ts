// The server side of HTTP/1.1: reads requests from a downstream connection, one at a time, and writes their answers.
//
//   head ─▶ onRequest(stream) ─▶ [receiveBody] body ─▶ owner      owner ─▶ sendHead/sendData/sendEnd ─▶ next head
//
// Pipelined requests wait, unread beyond a limit, until the answer before them is complete (RFC 9112 9.3.2).
// After a 101 the connection is a tunnel: request and response data are its bytes, each way until its end.

import type { Socket } from 'node:net';
import type { DownstreamOwner, DownstreamStream, ResponseHead, Trailers } from '../../stack/http.ts';
import { abort } from '../../transport/abort.ts';
import { retain } from '../../transport/shared-read.ts';
import { CR, LF } from '../characters.ts';
import { DEFAULT_LIMITS, type H1Limits } from './limits.ts';
import { H1RequestHead } from './message.ts';
import { BodyReader, HeadGatherer } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import { parseRequestHead } from './parse-head.ts';
import { reasonPhrase } from './reason-phrase.ts';
import { type H1Refusal, REFUSALS } from './refusal.ts';
import { type ResponseFraming, sentLength, UnwritableHead, writeResponseHead } from './write-head.ts';

/** Whoever opened the connection. */
export interface ServerConnectionOwner {
  /** A request has come; it is to be answered by the stream's methods. */
  onRequest(stream: H1ServerConnection): void;
  /** The bytes are not a request we can serve; the codec has answered and closes. */
  onRefused(refusal: H1Refusal): void;
  onClose(): void;
}

/** After an answer that left the request unread we listen on for this long, so that the answer is not lost to a reset. */
const LINGER_MS = 1_000;
/** An unread rest of a body up to this size is read and dropped to keep the connection. */
const DISCARD_BYTES = 65_536;

type State =
  /** Between requests; bytes are read as a head. */
  | 'idle'
  /** A request is being answered. */
  | 'request'
  /** It is answered, and the rest of its body is read and dropped. */
  | 'discarding'
  /** It is answered, and the client has yet to take what was written before the next request is read. */
  | 'blocked'
  /** It was answered 101. */
  | 'tunnel'
  /** Nothing more is read as a request. */
  | 'closing';

/** What a connection without an owner waits for. */
export type WaitsFor = 'request' | 'rest of head' | 'rest of body' | 'reader' | 'nothing';

export class H1ServerConnection implements DownstreamStream {
  readonly socket: Socket;
  readonly request = new H1RequestHead();
  owner: DownstreamOwner | undefined;
  /** The next answer says `Connection: close`, and the connection ends after it. */
  isDraining = false;

  #owner: ServerConnectionOwner;
  #limits: H1Limits;
  #gatherer: HeadGatherer;
  #body: BodyReader;
  #writer: MessageWriter;
  #state: State = 'idle';
  /** Bytes that came and are not read yet: the next request, or a body before receiveBody(). */
  #unread: Buffer | undefined;
  #isReading = false;
  /** The CR of an empty line before a request came alone. */
  #hasEmptyLineCr = false;
  #isBodyWanted = false;
  #isBodyDelivered = false;
  /** The owner took a part of the body and asked to wait with the next. */
  #isBodyRefused = false;
  #isBodyPaused = false;
  #isAwaitingContinue = false;
  #isHeadSent = false;
  /** The client was told, or has to see, that the connection ends after this answer. */
  #isLast = false;
  #hasClientEnded = false;
  #isPaused = false;
  #isHttp10 = false;
  #framing: ResponseFraming = 'none';

  constructor(socket: Socket, owner: ServerConnectionOwner, limits: H1Limits = DEFAULT_LIMITS) {
    this.socket = socket;
    this.#owner = owner;
    this.#limits = limits;
    this.#gatherer = new HeadGatherer(limits);
    this.#body = new BodyReader(limits);
    this.#writer = new MessageWriter(socket);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', ignoreError);
    socket.on('close', this.#onClose);
    // Listeners hand sockets over paused, so that no byte is lost before someone listens.
    socket.resume();
  }

  /** What the client owes us while no request is being answered: whoever sweeps connections sets a limit to each. */
  get waitsFor(): WaitsFor {
    switch (this.#state) {
      case 'idle':
        return this.#gatherer.heldBytes > 0 ? 'rest of head' : 'request';
      case 'discarding':
        return 'rest of body';
      case 'blocked':
      case 'closing':
        return 'reader';
      case 'request':
      case 'tunnel':
        return 'nothing';
    }
  }

  /** Ends a connection between requests in good order. */
  close(): void {
    this.#state = 'closing';
    this.socket.destroySoon();
  }

  /** The head that began to arrive will not be waited for any longer. */
  refuseSlowHead(): void {
    this.#refuse(REFUSALS.headTimeout);
  }

  // --- reading ---------------------------------------------------------------------------------------------

  #onData = (chunk: Buffer): void => {
    this.#unread = this.#unread === undefined ? chunk : Buffer.concat([this.#unread, chunk]);
    this.#read();
  };

  /** Reads what has come as far as the state allows. Calls from inside go on in the loop that runs already. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#unread !== undefined) {
      if (this.#state === 'idle') this.#readHead(this.#unread);
      else if (this.#state === 'discarding' || this.#canReadBody()) this.#readBody(this.#unread);
      else break;
    }
    this.#isReading = false;
    if (this.#unread === undefined) {
      if (this.#hasClientEnded) this.#onInputOver();
    } else if (this.#state === 'closing') this.#unread = undefined;
    else this.#unread = retain(this.#unread);
    this.#updateReading();
  }

  #canReadBody(): boolean {
    return this.#isServing && this.#isBodyWanted && !this.#body.isDone;
  }

  get #isServing(): boolean {
    return this.#state === 'request' || this.#state === 'tunnel';
  }

  #readHead(chunk: Buffer): void {
    const at = this.#gatherer.heldBytes === 0 ? this.#skipEmptyLines(chunk) : 0;
    if (at === chunk.length) {
      this.#unread = undefined;
      return;
    }
    const text = this.#gatherer.take(at === 0 ? chunk : chunk.subarray(at));
    this.#unread = this.#gatherer.rest;
    if (text === undefined) return;
    if (typeof text !== 'string') return this.#refuse(text);
    this.request.reset(text);
    const refusal = parseRequestHead(this.request, this.request, this.#limits);
    if (refusal !== undefined) this.#refuse(refusal);
    else this.#begin();
  }

  /** RFC 9112 2.2: empty lines before a request line are ignored. Answers where the rest begins. */
  #skipEmptyLines(chunk: Buffer): number {
    if (!this.#hasEmptyLineCr && chunk[0] !== CR) return 0;
    let at = 0;
    while (at < chunk.length && chunk[at] === (this.#hasEmptyLineCr ? LF : CR)) {
      this.#hasEmptyLineCr = !this.#hasEmptyLineCr;
      at++;
    }
    if (at === chunk.length || !this.#hasEmptyLineCr) return at;
    // A CR that no LF follows: as the beginning of a head it is refused.
    this.#hasEmptyLineCr = false;
    this.#refuse(REFUSALS.lineEnd);
    return chunk.length;
  }

  #begin(): void {
    const { request } = this;
    this.#state = 'request';
    this.#isBodyWanted = false;
    this.#isHeadSent = false;
    this.#isHttp10 = request.minorVersion === 0;
    this.#isAwaitingContinue = request.expectsContinue;
    this.#isLast = false;
    this.#body.begin(request.isChunked, request.contentLength, false);
    this.#isBodyDelivered = false;
    this.#owner.onRequest(this);
  }

  #readBody(chunk: Buffer): void {
    this.#isAwaitingContinue = false;
    this.#isBodyRefused = false;
    const end = this.#body.read(chunk, 0, this.#takeBody);
    this.#unread = end < chunk.length ? chunk.subarray(end) : undefined;
    if (this.#body.refusal !== undefined) return this.#breakProtocol(this.#body.refusal);
    if (this.#body.isDone) {
      if (this.#state === 'discarding') this.#next();
      else this.#deliverEnd();
    } else {
      if (this.#isBodyRefused) this.pauseBody();
      if (this.#isServing) this.owner?.onRequestFlush();
    }
  }

  #takeBody = (data: Buffer): void => {
    if (this.#isServing && this.owner?.onRequestData(data) === false) this.#isBodyRefused = true;
  };

  #deliverEnd(): void {
    if (this.#isBodyDelivered || !this.#isBodyWanted) return;
    this.#isBodyDelivered = true;
    this.owner?.onRequestEnd(this.#body.trailers);
  }

  /** Reading stops while the owner cannot take the body, and while too much lies unread. */
  #updateReading(): void {
    const isPaused =
      this.#isBodyPaused || (this.#unread !== undefined && this.#unread.length > this.#limits.pipelineBytes);
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.socket.pause();
    else this.socket.resume();
  }

  #onEnd = (): void => {
    this.#hasClientEnded = true;
    if (this.#unread !== undefined) return;
    if (this.#isStreamingAnswer()) this.#breakOffAnswer();
    else this.#onInputOver();
  };

  /** An answer without an announced end is on its way, as of events that a server sends. */
  #isStreamingAnswer(): boolean {
    const isEndless = this.#framing === 'chunked' || this.#framing === 'until-close';
    return this.#state === 'request' && this.#isHeadSent && isEndless && this.#body.isDone;
  }

  /**
   * Whoever says nothing more while such an answer comes has left, rather than half-closed: that one does so with its
   * request, and gets its answer (RFC 9112 9.6). The endpoint would go on for nobody until its next write failed.
   */
  #breakOffAnswer(): void {
    const { owner } = this;
    this.abort();
    owner?.onDownstreamAbort('DC', 'downstream_remote_disconnect', 0);
  }

  /** The client has sent all it will, and all of it is read. What it has asked for it still gets (RFC 9112 9.6). */
  #onInputOver(): void {
    if (this.#state === 'idle' || this.#state === 'discarding') this.close();
    else if (this.#state === 'request' && !this.#body.isDone) this.#breakProtocol(REFUSALS.truncated);
    else if (this.#state === 'tunnel' && this.#isBodyWanted && !this.#body.isDone) this.#onTunnelEnd();
  }

  #onClose = (): void => {
    const { owner } = this;
    this.owner = undefined;
    const wasServing = this.#isServing;
    this.#state = 'closing';
    if (wasServing) owner?.onDownstreamAbort('DC', 'downstream_remote_disconnect', 0);
    this.#owner.onClose();
  };

  #onDrain = (): void => {
    this.#writer.needsDrain = false;
    if (this.#state === 'blocked') this.#next();
    else this.owner?.onDownstreamDrain();
  };

  /** The bytes are no request: answer once, and read no more of them as HTTP. */
  #refuse(refusal: H1Refusal): void {
    this.#owner.onRefused(refusal);
    this.#state = 'request';
    this.#isHeadSent = false;
    this.isDraining = true;
    this.#body.reset();
    this.#replyRefusal(refusal);
  }

  /** In the form of Exchange.refuse: the flag is always the same here. */
  #replyRefusal({ status, message }: H1Refusal): void {
    this.reply(status, [['x-weft-response-flags', 'DPE']], `weft: DPE ${message}\n`);
  }

  /** The body turned out to be malformed, while the request was under way or after it. */
  #breakProtocol(refusal: H1Refusal): void {
    const { owner } = this;
    this.owner = undefined;
    this.isDraining = true;
    this.#body.reset();
    if (this.#state === 'discarding') return this.#linger();
    owner?.onDownstreamAbort('DPE', refusal.details, this.#isHeadSent ? 0 : refusal.status);
    if (this.#isHeadSent) this.abort();
    else this.#replyRefusal(refusal);
  }

  // --- DownstreamStream ------------------------------------------------------------------------------------

  receiveBody(): void {
    this.#isBodyWanted = true;
    if (this.#body.isDone) this.#deliverEnd();
    else this.#read();
  }

  pauseBody(): void {
    this.#isBodyPaused = true;
    this.#updateReading();
  }

  resumeBody(): void {
    this.#isBodyPaused = false;
    this.#updateReading();
  }

  sendInformational(head: ResponseHead): void {
    // HTTP/1.0 clients know no 1xx (RFC 9110 15.2).
    if (this.#isHttp10) return;
    if (head.status === 100) this.#isAwaitingContinue = false;
    this.#writeHead(head, 'none', '');
    this.#writer.flush();
  }

  sendHead(head: ResponseHead): void {
    this.#isHeadSent = true;
    if (head.status === 101) return this.#openTunnel(head);
    this.#framing = this.#responseFraming(head);
    if (this.#framing === 'until-close') this.isDraining = true;
    this.#writeHead(head, this.#framing, this.#persistence());
  }

  #writeHead(head: ResponseHead, framing: ResponseFraming, persistence: '' | 'close' | 'keep-alive'): void {
    try {
      this.#writer.head(writeResponseHead(head, framing, persistence, this.request), framing === 'chunked');
    } catch (error) {
      if (!(error instanceof UnwritableHead)) throw error;
      const { owner } = this;
      this.abort();
      owner?.onDownstreamAbort('UPE', REFUSALS.unwritableHead.details, 0);
    }
  }

  sendData(chunk: Buffer): boolean {
    return this.#framing === 'none' || this.#writer.data(chunk);
  }

  flush(): void {
    this.#writer.flush();
  }

  sendEnd(trailers: Trailers | undefined): void {
    this.#writer.end(trailers);
    if (this.#state === 'tunnel') return this.#endTunnel();
    this.owner = undefined;
    this.#finish();
  }

  reply(status: number, headers: readonly (readonly [string, string])[], body: string): void {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.#isHeadSent = true;
    const persistence = this.#persistence();
    const text = body === '' ? '' : 'content-type: text/plain; charset=utf-8\r\n';
    this.#writer.head(
      `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${lines}${text}content-length: ${Buffer.byteLength(body)}\r\n` +
        `${persistence === '' ? '' : `connection: ${persistence}\r\n`}\r\n`,
      false,
    );
    if (body !== '' && this.request.method !== 'HEAD') this.#writer.data(Buffer.from(body));
    this.sendEnd(undefined);
  }

  abort(): void {
    this.owner = undefined;
    this.#state = 'closing';
    abort(this.socket);
  }

  #openTunnel(head: ResponseHead): void {
    this.#state = 'tunnel';
    this.#framing = 'until-close';
    this.#isBodyWanted = false;
    this.#body.beginTunnel();
    this.#writeHead(head, 'until-close', '');
  }

  /** One way of the tunnel is over: ours (the response's), when the owner says so. */
  #endTunnel(): void {
    this.#isLast = true;
    this.socket.end();
    if (this.#body.isDone) this.#leaveTunnel();
  }

  /** Theirs (the request's), when the client says so. */
  #onTunnelEnd(): void {
    const { owner } = this;
    this.#body.reset();
    if (this.#isLast) this.#leaveTunnel();
    owner?.onRequestEnd(undefined);
  }

  #leaveTunnel(): void {
    this.owner = undefined;
    this.#state = 'closing';
  }

  /** RFC 9112 6.3, seen from the sender's side. */
  #responseFraming(head: ResponseHead): ResponseFraming {
    if (this.request.method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304)
      return 'none';
    if (sentLength(head) >= 0) return 'content-length';
    return this.#isHttp10 ? 'until-close' : 'chunked';
  }

  /** The Connection line of the answer; decides whether the connection goes on after it. */
  #persistence(): '' | 'close' | 'keep-alive' {
    const isAskedFor = this.isDraining || !this.request.isPersistent;
    if (isAskedFor || this.#isRestUnreadable() || (this.#hasClientEnded && this.#unread === undefined)) {
      this.#isLast = true;
      return 'close';
    }
    return this.#isHttp10 ? 'keep-alive' : '';
  }

  /**
   * The body is not through, and its rest is too long to be dropped. Or it may never come: a client that waits for
   * 100 Continue need not send what it announced, and its next request would be read as that body (RFC 9110 10.1.1).
   */
  #isRestUnreadable(): boolean {
    return !this.#body.isDone && (this.#isAwaitingContinue || this.#body.remaining > DISCARD_BYTES);
  }

  /** After an answer: on to the next request, or to the end. */
  #finish(): void {
    if (this.#state !== 'request') return;
    this.#isBodyPaused = false;
    if (this.#isLast) this.#linger();
    else if (this.#body.isDone) this.#next();
    else {
      this.#state = 'discarding';
      this.#read();
    }
  }

  /** The next request is read once the client has taken the answers before: they would pile up otherwise. */
  #next(): void {
    this.#state = this.#writer.needsDrain ? 'blocked' : 'idle';
    this.request.forget();
    this.#read();
  }

  /** Lets the client read the answer before the socket goes (RFC 9112 9.6). */
  #linger(): void {
    const { socket } = this;
    this.#state = 'closing';
    this.#unread = undefined;
    this.#updateReading();
    // From the answer's last byte on: a slow reader gets all of it.
    socket.end(() => {
      if (this.#hasClientEnded) return;
      const timer = setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once('close', () => clearTimeout(timer));
    });
  }
}

function ignoreError(): void {
  // `close` follows and says all that we need.
}
