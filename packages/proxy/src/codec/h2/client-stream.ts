// One request to an endpoint, and its answer.

import type {
  RequestHead,
  Trailers,
  UpstreamError,
  UpstreamOwner,
  UpstreamStream,
} from '../../stack/http.ts';
import { KNOWN } from '../../stack/known-header.ts';
import type { H2ClientConnection } from './client-connection.ts';
import { ERROR, errorName } from './frame.ts';
import { PSEUDO } from './hpack/pseudo.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';
import type { H2ResponseHead } from './response-head.ts';
import { H2Stream } from './stream.ts';

/** 1xx heads before the final one; more is an endpoint gone wrong. */
const MAX_INFORMATIONAL = 32;

export class H2ClientStream extends H2Stream implements UpstreamStream {
  readonly version = 'http2';
  /** Until the final head has come; another section is trailers. */
  override isHeadless = true;
  #owner: UpstreamOwner | undefined;
  readonly #client: H2ClientConnection;
  #method = '';
  #isUpgrade = false;
  #informational = 0;
  /** Read events of the connection when the request was sent. */
  #readsBefore = 0;

  constructor(connection: H2ClientConnection) {
    super(connection);
    this.#client = connection;
  }

  // --- UpstreamStream --------------------------------------------------------------------------------------

  start(owner: UpstreamOwner): void {
    this.#owner = owner;
  }

  sendHead(head: RequestHead): void {
    if (this.isClosed) return;
    this.#method = head.method;
    this.#isUpgrade = head.upgrade !== undefined && head.method === 'GET' && !head.hasBody;
    const { connection } = this;
    if (this.#isUpgrade && !this.#client.allowsExtendedConnect) {
      this.connection.reset(this, ERROR.cancel);
      return this.#fail('UPE', 'upstream_http2.no_extended_connect', 'sent');
    }
    if (!this.#client.admit(this))
      return this.#fail('UC', 'upstream_reset_before_response_started{goaway}', 'unprocessed');
    this.#readsBefore = connection.reads;
    this.#writeHead(head);
  }

  #writeHead(head: RequestHead): void {
    const { heads, output } = this.connection;
    const isConnect = head.method === 'CONNECT';
    const received = head.known(KNOWN.host);
    const authority = received === undefined || head.isAuthorityReplaced ? head.authority : received;
    heads.begin();
    heads.field(':method', this.#isUpgrade ? 'CONNECT' : head.method, PSEUDO[':method']);
    if (this.#isUpgrade) heads.field(':protocol', head.upgrade as string, PSEUDO[':protocol']);
    if (!isConnect) {
      heads.field(':scheme', this.#client.scheme, PSEUDO[':scheme']);
      heads.field(':path', head.query === '' ? head.path : `${head.path}?${head.query}`, PSEUDO[':path']);
    }
    heads.field(':authority', isConnect ? head.authority || head.target : authority, PSEUDO[':authority']);
    if (isConnect || this.#isUpgrade) {
      head.forward((name, value, id, isSensitive) => {
        // A tunnel has no length; and RFC 8441 5 leaves the key of a WebSocket's handshake to HTTP/1.1.
        if (id !== KNOWN['content-length'] && name !== 'sec-websocket-key')
          heads.field(name, value, id, isSensitive);
      });
    } else head.forward(heads.field);
    // Of TE the one thing that HTTP/2 has, which gRPC demands (RFC 9113 8.2.2).
    if (takesTrailers(head)) heads.field('te', 'trailers', KNOWN.te);
    this.noteFrame(heads.end(this.id, 0), output.generation);
  }

  sendData(chunk: Buffer): boolean {
    return this.send(chunk);
  }

  sendEnd(trailers: Trailers | undefined): void {
    if (this.id !== 0) this.end(trailers);
  }

  /** Everything of a turn is written together (output.ts). */
  flush(): void {}

  pauseResponse(): void {
    this.isPaused = true;
  }

  resumeResponse(): void {
    this.resume();
  }

  abort(): void {
    this.#owner = undefined;
    this.drop();
    this.connection.reset(this, ERROR.cancel);
  }

  // --- H2Stream --------------------------------------------------------------------------------------------

  /** A head is complete and well-formed; `isEnd`: no body follows. */
  receiveHead(head: H2ResponseHead, isEnd: boolean): void {
    const { status } = head;
    if (status < 200) {
      if (++this.#informational > MAX_INFORMATIONAL)
        this.connection.refuseStream(this, REFUSALS.tooManyInformational);
      else this.#owner?.onInformational(head);
      return;
    }
    this.isHeadless = false;
    const isSuccess = status < 300;
    this.isTunnel = isSuccess && (this.#isUpgrade || this.#method === 'CONNECT');
    if (this.isTunnel && this.#isUpgrade) head.status = 101;
    // RFC 9110 6.4.1: whatever length these say, it is another answer's.
    if (this.#method === 'HEAD' || status === 204 || status === 304) this.expectedBytes = 0;
    else if (!this.isTunnel) this.expectedBytes = head.contentLength;
    this.#owner?.onResponseHead(head);
    if (isEnd && !this.isClosed) this.receiveEnd(undefined);
    else this.connection.touch(this);
  }

  protected override deliverData(chunk: Buffer): boolean {
    return this.#owner === undefined || this.#owner.onResponseData(chunk);
  }

  protected override deliverEnd(trailers: Trailers | undefined): void {
    const owner = this.#owner;
    if (!this.isTunnel) {
      this.#owner = undefined;
      // The answer is complete; the rest of the request helps nobody.
      if (!this.isLocalEnded) this.connection.reset(this, ERROR.noError);
    }
    owner?.onResponseEnd(trailers);
  }

  override deliverFlush(): void {
    this.#owner?.onResponseFlush();
  }

  protected override onDrained(): void {
    this.#owner?.onUpstreamDrain();
  }

  override onPeerReset(code: number): void {
    this.dropPending();
    // The answer was complete, and its rest is held here: the endpoint only wants no more of the request.
    if (this.isRemoteEnded && !this.isTunnel) return;
    const safety = code === ERROR.refusedStream ? 'unprocessed' : 'sent';
    this.#fail('UR', this.#details(`remote_reset,${errorName(code)}`), safety);
  }

  override onRefused(refusal: H2Refusal): void {
    this.#fail(refusal === REFUSALS.slowReader ? 'SI' : 'UPE', `upstream_${refusal.details}`, 'sent');
  }

  override onLost(refusal: H2Refusal | undefined): void {
    if (this.isRemoteEnded && !this.isTunnel) return this.dropPending();
    const isHttp2 = this.#client.speaks === 'http2';
    if (refusal !== undefined)
      return this.#fail('UPE', `upstream_${refusal.details}`, isHttp2 ? 'sent' : 'unprocessed');
    // Not a byte has come since the request went out, on a connection that had served others or has served none.
    const isUnread = this.isHeadless && this.connection.reads === this.#readsBefore;
    const isIdleClosed = isUnread && (this.#client.requests > 1 || !isHttp2);
    this.#fail('UC', this.#details('connection_termination'), isIdleClosed ? 'idle-closed' : 'sent');
  }

  /** The endpoint has said that it does nothing of this request. */
  onUnprocessed(): void {
    this.#fail('UC', this.#details('goaway'), 'unprocessed');
  }

  #details(why: string): string {
    return `upstream_reset_${this.isHeadless ? 'before' : 'after'}_response_started{${why}}`;
  }

  #fail(flag: UpstreamError['flag'], details: string, safety: UpstreamError['safety']): void {
    const owner = this.#owner;
    this.#owner = undefined;
    this.isClosed = true;
    this.drop();
    owner?.onUpstreamError({ flag, details, safety });
  }
}

function takesTrailers(head: RequestHead): boolean {
  const te = head.known(KNOWN.te);
  if (te === undefined) return head.edits.acceptsTrailers;
  return te === 'trailers' || /(?:^|[,\s])trailers(?:$|[,;\s])/i.test(te);
}
