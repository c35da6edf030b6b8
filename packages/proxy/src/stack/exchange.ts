// One request and its answer on their way through the proxy: relays both bodies, and holds what is known so far.
//
//   downstream ──onRequestData──▶ Exchange ──sendData──▶ upstream
//   downstream ◀──sendData─────── Exchange ◀──onResponseData── upstream
//
// Layers (HttpService) decide on it, then `dispatch` sends it on. It ends exactly once, in `#finish`.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';
import { BodyReplay } from './body-replay.ts';
import type { ConnectionContext } from './connection-context.ts';
import { Dispatch, type DispatchOwner } from './dispatch.ts';
import { ExchangeMeter } from './exchange-meter.ts';
import { GrpcCall } from './grpc/grpc-call.ts';
import { isGrpc } from './grpc/is-grpc.ts';
import type {
  DownstreamOwner,
  DownstreamStream,
  HttpVersion,
  RequestHead,
  ResponseHead,
  Trailers,
  UpstreamError,
  UpstreamOwner,
  UpstreamStream,
} from './http.ts';
import type { RequestCopy } from './request-copy.ts';
import { hasNotArrived } from './retry.ts';
import { TimeLimits } from './time-limits.ts';

/** A layer of the stack, made once when configuration arrives: decides on the exchange, then calls the next. */
export type HttpService = (exchange: Exchange) => void;

export class Exchange implements DownstreamOwner, UpstreamOwner, DispatchOwner {
  readonly context: ConnectionContext;
  /** What layers put in front of it sees the answer first. */
  downstream: DownstreamStream;
  readonly request: RequestHead;
  /** Epoch milliseconds. */
  readonly startTime = Date.now();
  /** Set where the request is gRPC. */
  grpc: GrpcCall | undefined;
  readonly #meter = new ExchangeMeter();

  /** `HTTPRoute/bookshop/reviews[0]`, once routed. */
  route: { readonly ref: string; readonly index: number } | undefined;
  /** Limits, set by the route. */
  backendTimeoutMs: number | undefined;
  readonly limits: TimeLimits;
  /** Runs on the answer's head before it is sent. */
  responseFilter: ((head: ResponseHead, exchange: Exchange) => void) | undefined;
  copies: RequestCopy[] | undefined;

  #dispatch: Dispatch | undefined;
  #isBodyTaken = false;
  #replay: BodyReplay | undefined;
  /** The endpoint has answered 101: bytes both ways, each until its end. */
  #isTunnel = false;
  #hasRequestEnded = false;
  #hasResponseEnded = false;
  #status = 0;
  #isOver = false;

  constructor(downstream: DownstreamStream, context: ConnectionContext) {
    this.downstream = downstream;
    this.request = downstream.request;
    this.context = context;
    this.limits = new TimeLimits(context.ticker);
    downstream.owner = this;
    if (isGrpc(this.request)) this.beginGrpc();
  }

  /** The request is gRPC, as it came or by translation. */
  beginGrpc(): void {
    this.grpc = new GrpcCall(this.request, this.context.ticker.now);
    this.#meter.messages = this.grpc;
  }

  get clientVersion(): HttpVersion {
    return this.context.clientVersion ?? this.request.version;
  }

  get cluster(): UpstreamCluster | undefined {
    return this.#dispatch?.cluster;
  }

  /** Nothing happens to it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The one that the request is sent to, or was last. */
  get endpoint(): UpstreamEndpoint | undefined {
    return this.#dispatch?.endpoint;
  }

  // --- decided by the layers -------------------------------------------------------------------------------

  /** Answers with a response of the proxy's own. `details` goes to the log, `message` to the client. */
  refuse(status: number, flag: ResponseFlag, details: string, message: string): void {
    this.reply(status, flag, details, [], `weft: ${flag} ${message}\n`);
  }

  reply(
    status: number,
    flag: ResponseFlag,
    details: string,
    headers: readonly (readonly [string, string])[],
    body: string,
  ): void {
    if (this.#isOver) return;
    if (this.grpc !== undefined && status >= 400) {
      // A Trailers-Only answer: to gRPC another status than 200 means something that is no gRPC server.
      headers = [...headers, ...this.grpc.refusal(status, flag, body.trimEnd())];
      [status, body] = [200, ''];
    }
    this.#status = status;
    this.#meter.responseBytes = body.length;
    const own = flag === '-' ? headers : [...headers, ['x-weft-response-flags', flag] as const];
    // First our own books, then the client's: the next request may begin inside reply.
    this.#finish(flag, details);
    this.downstream.reply(status, own, body);
  }

  setRequestTimeout(ms: number): void {
    this.grpc?.limit(this.request, ms);
    this.limits.limitRequest(ms, () => this.onTimeout('request_timeout'));
  }

  /** Sends the request to an endpoint of the cluster. */
  dispatch(cluster: UpstreamCluster): void {
    this.#dispatch = new Dispatch(this, cluster);
    this.#dispatch.start();
  }

  // --- request ---------------------------------------------------------------------------------------------

  get isBodyLost(): boolean {
    return this.#isBodyTaken && this.#replay?.isWhole !== true;
  }

  onStream(stream: UpstreamStream): void {
    this.limits.touch();
    stream.start(this);
    stream.sendHead(this.request);
    // It may have been lost by that.
    if (this.#dispatch?.stream !== stream) return;
    if (this.request.hasBody) this.#sendBody(stream);
    else if (this.request.upgrade === undefined) stream.sendEnd(undefined);
    else stream.flush();
  }

  #sendBody(stream: UpstreamStream): void {
    if (this.#isBodyTaken) {
      this.#replay?.sendTo(stream);
      if (!this.#hasRequestEnded) this.downstream.resumeBody();
      return;
    }
    this.#isBodyTaken = true;
    // Over HTTP/1.1 no endpoint says that it did nothing of a request.
    if (stream.version === 'http2') this.#replay = new BodyReplay();
    this.downstream.receiveBody();
    // The head goes out even where the body waits for `100 Continue`. What came of the body may have ended it all.
    if (this.#dispatch?.stream === stream) stream.flush();
  }

  onRequestData(chunk: Buffer): boolean {
    this.#meter.takeRequest(chunk);
    this.limits.touch();
    if (this.copies !== undefined) for (const copy of this.copies) copy.data(chunk);
    const stream = this.#dispatch?.stream;
    this.#replay?.data(chunk, stream === undefined);
    // Between two attempts the rest has to wait.
    return stream === undefined ? this.#isOver : stream.sendData(chunk);
  }

  onRequestEnd(trailers: Trailers | undefined): void {
    this.#hasRequestEnded = true;
    if (this.copies !== undefined) for (const copy of this.copies) copy.end(trailers);
    // From here on they are on their own.
    this.copies = undefined;
    this.#replay?.end(trailers);
    this.#dispatch?.stream?.sendEnd(trailers);
    if (this.#isTunnel && this.#hasResponseEnded) this.#finish('-', 'via_upstream');
  }

  onRequestFlush(): void {
    this.#dispatch?.stream?.flush();
  }

  onUpstreamDrain(): void {
    this.limits.touch();
    this.downstream.resumeBody();
  }

  // --- response --------------------------------------------------------------------------------------------

  onInformational(head: ResponseHead): void {
    this.limits.touch();
    this.downstream.sendInformational(head);
  }

  onResponseHead(head: ResponseHead): void {
    if (hasNotArrived(head, this.grpc !== undefined) && this.#dispatch?.sendElsewhere() === true) return;
    this.limits.touch();
    this.#replay?.forget();
    this.#status = head.status;
    this.#meter.answered(head, this.grpc);
    this.responseFilter?.(head, this);
    this.downstream.sendHead(head);
    if (head.status === 101) this.#openTunnel();
    // No tunnel: the request that asked for one ends here.
    else if (this.request.upgrade !== undefined && !this.request.hasBody)
      this.#dispatch?.stream?.sendEnd(undefined);
  }

  #openTunnel(): void {
    this.#isTunnel = true;
    this.#hasRequestEnded = false;
    this.#meter.becameTunnel(this);
    this.limits.becameTunnel();
    this.#dispatch?.stopTimer();
    this.downstream.flush();
    this.downstream.receiveBody();
  }

  onResponseData(chunk: Buffer): boolean {
    this.#meter.takeResponse(chunk);
    this.limits.touch();
    return this.downstream.sendData(chunk);
  }

  onResponseFlush(): void {
    this.downstream.flush();
  }

  onResponseEnd(trailers: Trailers | undefined): void {
    this.#hasResponseEnded = true;
    this.grpc?.takeTrailers(trailers);
    // First our own books, then the client's: the next request may begin inside sendEnd.
    const { downstream } = this;
    if (!this.#isTunnel || this.#hasRequestEnded) this.#finish('-', 'via_upstream');
    downstream.sendEnd(trailers);
  }

  onDownstreamDrain(): void {
    this.limits.touch();
    this.#dispatch?.stream?.resumeResponse();
  }

  // --- failures --------------------------------------------------------------------------------------------

  onUpstreamError(error: UpstreamError): void {
    const dispatch = this.#dispatch as Dispatch;
    if (this.#status === 0) return dispatch.lost(error);
    dispatch.stream = undefined;
    this.#breakOff(error.flag, error.details, `${dispatch.endpoint?.name} did not complete its answer`);
  }

  onDownstreamAbort(flag: ResponseFlag, details: string, status: number): void {
    this.#dispatch?.giveUp();
    if (this.#status === 0) this.#status = status;
    this.#finish(flag, details);
  }

  /** Called once a tick as long as it runs. */
  onTick(tick: number): void {
    if (this.#isOver) return;
    this.#meter.onTick(this);
    if (this.grpc?.isTooLate(tick)) return this.onTimeout('grpc_timeout');
    if (this.limits.isIdle(tick))
      this.#stop('SI', 504, 'stream_idle_timeout', 'nothing was sent for longer than the idle timeout');
  }

  onTimeout(details: string): void {
    this.#stop('UT', 504, details, `no complete answer in time (${details.replaceAll('_', ' ')})`);
  }

  #stop(flag: ResponseFlag, status: number, details: string, message: string): void {
    this.#dispatch?.giveUp();
    if (this.#status === 0) this.refuse(status, flag, details, message);
    else this.#breakOff(flag, details, message);
  }

  /** The head is out, the rest will not come: the client has to see that. */
  #breakOff(flag: ResponseFlag, details: string, message: string): void {
    const trailers = this.grpc?.brokenOff(flag, `weft: ${flag} ${message}`);
    this.#finish(flag, details);
    if (trailers === undefined) this.downstream.abort();
    else this.downstream.sendEnd(trailers);
  }

  // --- the end ---------------------------------------------------------------------------------------------

  #finish(flag: ResponseFlag, details: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.limits.stop();
    // What is left of the body will not come: a copy of half a request is none.
    if (this.copies !== undefined && this.request.hasBody) for (const copy of this.copies) copy.abandon();
    this.#meter.finish(this, this.#status, flag, details);
    this.endpoint?.recordBodies(this.#meter.requestBytes + this.#meter.responseBytes);
    this.#dispatch?.release();
  }
}
