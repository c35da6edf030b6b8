// One request and its answer on their way through the proxy: relays both bodies, and holds what is known so far.
//
//   downstream ──onRequestData──▶ Exchange ──sendData──▶ upstream
//   downstream ◀──sendData─────── Exchange ◀──onResponseData── upstream
//
// Layers (HttpService) decide on it, then `dispatch` sends it on. It ends exactly once, in `#finish`.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { H1ClientConnection } from '../codec/h1/client-connection.ts';
import type { AccessLog, RequestMetrics } from '../telemetry/traffic.ts';
import type { Ticker } from '../transport/ticker.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';
import type { ConnectionTaker } from '../upstream/pool.ts';
import type {
  DownstreamOwner,
  DownstreamStream,
  RequestHead,
  ResponseHead,
  Trailers,
  UpstreamError,
  UpstreamOwner,
} from './http.ts'; // prettier-ignore
import type { PeerView } from './request-view.ts';
import { isIdempotent, isNeverArrived, MAX_RETRIES, retryDelayMs } from './retry.ts';
import { relayUpgraded } from './upgrade.ts';

/** What is the same for all requests of one downstream connection. */
export interface ConnectionContext {
  readonly direction: 'inbound' | 'outbound';
  /** `address:port` of the other end. */
  readonly downstreamAddress: string;
  readonly peer: PeerView;
  /** Series for requests that reach no endpoint; inbound: for all requests. */
  readonly metrics: RequestMetrics;
  readonly log: AccessLog;
  readonly ticker: Ticker;
}

/** A layer of the stack, made once when configuration arrives: decides on the exchange, then calls the next. */
export type HttpService = (exchange: Exchange) => void;

/** Bytes each way after which copies of a request are given up rather than slow it down: see Mirror. */
export interface RequestCopy {
  data(chunk: Buffer): void;
  end(trailers: Trailers | undefined): void;
  abandon(): void;
}

export class Exchange implements DownstreamOwner, UpstreamOwner, ConnectionTaker {
  readonly context: ConnectionContext;
  readonly downstream: DownstreamStream;
  readonly request: RequestHead;
  /** Epoch milliseconds. */
  readonly startTime = Date.now();
  readonly #started = performance.now();

  /** `HTTPRoute/bookshop/reviews[0]`, once routed. */
  route: { readonly ref: string; readonly index: number } | undefined;
  /** Limits, set by the route. */
  backendTimeoutMs: number | undefined;
  /** Runs on the answer's head before it is sent. */
  responseFilter: ((head: ResponseHead, exchange: Exchange) => void) | undefined;
  copies: RequestCopy[] | undefined;
  idleTicks = 1_200;

  #cluster: UpstreamCluster | undefined;
  #endpoint: UpstreamEndpoint | undefined;
  #upstream: H1ClientConnection | undefined;
  #isWaiting = false;
  #attempts = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #requestTimer: NodeJS.Timeout | undefined;
  #backendTimer: NodeJS.Timeout | undefined;
  #isBodyTaken = false;
  #status = 0;
  #isOver = false;
  #requestBytes = 0;
  #responseBytes = 0;
  #upstreamMs: number | undefined;
  #lastTick: number;

  constructor(downstream: DownstreamStream & { readonly request: RequestHead }, context: ConnectionContext) {
    this.downstream = downstream;
    this.request = downstream.request;
    this.context = context;
    this.#lastTick = context.ticker.now;
    downstream.owner = this;
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
    this.#status = status;
    this.#responseBytes = body.length;
    const own = flag === '-' ? headers : [...headers, ['x-weft-response-flags', flag] as const];
    // First our own books, then the client's: the next request may begin inside reply.
    this.#finish(flag, details);
    this.downstream.reply(status, own, body);
  }

  setRequestTimeout(ms: number): void {
    this.#requestTimer = setTimeout(() => this.#onTimeout('request_timeout'), ms);
  }

  /** Sends the request to an endpoint of the cluster. */
  dispatch(cluster: UpstreamCluster): void {
    this.#cluster = cluster;
    this.#take(cluster.pick());
  }

  // --- connection ------------------------------------------------------------------------------------------

  #take(endpoint: UpstreamEndpoint | undefined): void {
    if (endpoint === undefined) {
      this.refuse(
        503,
        'UH',
        'no_healthy_upstream',
        `no endpoint of ${this.#cluster?.name} can take the request`,
      );
      return;
    }
    this.#endpoint = endpoint;
    endpoint.active++;
    this.#attempts++;
    this.#isWaiting = true;
    if (this.backendTimeoutMs !== undefined) {
      this.#backendTimer = setTimeout(
        () => this.#onTimeout('backend_request_timeout'),
        this.backendTimeoutMs,
      );
    }
    endpoint.pool.acquire(this);
  }

  onConnection(connection: H1ClientConnection): void {
    this.#isWaiting = false;
    this.#upstream = connection;
    this.#touch();
    connection.start(this);
    connection.sendHead(this.request);
    if (!this.request.hasBody) connection.sendEnd(undefined);
    else {
      this.#isBodyTaken = true;
      this.downstream.receiveBody();
      // The head goes out even where the body waits for `100 Continue`. What came of the body may have ended it all.
      if (!this.#isOver) connection.flush();
    }
  }

  onConnectFailed(reason: string): void {
    this.#isWaiting = false;
    const failed = this.#endpoint as UpstreamEndpoint;
    this.#release();
    if (this.#attempts <= MAX_RETRIES) this.#retry(failed);
    else {
      const details = `upstream_reset_before_response_started{connection_failure,${reason}}`;
      this.refuse(503, 'UF', details, `connecting to ${failed.name} failed: ${reason}`);
    }
  }

  /** Another endpoint if there is one; at once the first time, then after a jittered pause. */
  #retry(failed: UpstreamEndpoint): void {
    const again = (): void => this.#take(this.#cluster?.pickOther(failed));
    const delay = retryDelayMs(this.#attempts);
    if (delay === 0) again();
    else this.#retryTimer = setTimeout(again, delay);
  }

  #release(): void {
    clearTimeout(this.#backendTimer);
    if (this.#endpoint !== undefined) this.#endpoint.active--;
    this.#endpoint = undefined;
    this.#upstream = undefined;
  }

  // --- request body ----------------------------------------------------------------------------------------

  onRequestData(chunk: Buffer): boolean {
    this.#requestBytes += chunk.length;
    this.#touch();
    if (this.copies !== undefined) for (const copy of this.copies) copy.data(chunk);
    return this.#upstream?.sendData(chunk) ?? true;
  }

  onRequestEnd(trailers: Trailers | undefined): void {
    if (this.copies !== undefined) for (const copy of this.copies) copy.end(trailers);
    // From here on they are on their own.
    this.copies = undefined;
    this.#upstream?.sendEnd(trailers);
  }

  onRequestFlush(): void {
    this.#upstream?.flush();
  }

  onUpstreamDrain(): void {
    this.#touch();
    this.downstream.resumeBody();
  }

  // --- response --------------------------------------------------------------------------------------------

  onInformational(head: ResponseHead): void {
    this.#touch();
    this.downstream.sendInformational(head);
  }

  onResponseHead(head: ResponseHead): void {
    if (this.#hasNotArrived(head)) return this.#sendElsewhere();
    this.#touch();
    this.#status = head.status;
    this.#upstreamMs = performance.now() - this.#started;
    this.responseFilter?.(head, this);
    this.downstream.sendHead(head);
  }

  onResponseData(chunk: Buffer): boolean {
    this.#responseBytes += chunk.length;
    this.#touch();
    return this.downstream.sendData(chunk);
  }

  onResponseFlush(): void {
    this.downstream.flush();
  }

  onResponseEnd(trailers: Trailers | undefined): void {
    // First our own books, then the client's: the next request may begin inside sendEnd.
    const { downstream } = this;
    this.#finish('-', 'via_upstream');
    downstream.sendEnd(trailers);
  }

  onDownstreamDrain(): void {
    this.#touch();
    this.#upstream?.resumeResponse();
  }

  onUpgraded(head: ResponseHead): void {
    const upstream = this.#upstream as H1ClientConnection;
    this.#status = head.status;
    this.responseFilter?.(head, this);
    this.downstream.sendHead(head);
    clearTimeout(this.#requestTimer);
    clearTimeout(this.#backendTimer);
    relayUpgraded(this.downstream.detach(), upstream.detach(), this.context.ticker, (result) => {
      this.#requestBytes += result.sent;
      this.#responseBytes += result.received;
      this.#finish(result.flag, result.flag === 'SI' ? 'idle_timeout' : 'via_upstream');
    });
  }

  // --- failures --------------------------------------------------------------------------------------------

  onUpstreamError(error: UpstreamError): void {
    this.#upstream = undefined;
    if (error.safety === 'idle-closed' && this.#isRepeatable()) {
      this.#release();
      this.#take(this.#cluster?.pick());
    } else if (this.#status !== 0) this.#breakOff(error.flag, error.details);
    else {
      const { name } = this.#endpoint as UpstreamEndpoint;
      if (error.flag === 'UPE') this.refuse(502, 'UPE', error.details, `${name} sent no valid answer`);
      else this.refuse(503, error.flag, error.details, `${name} ended the request without an answer`);
    }
  }

  /** The endpoint's sidecar answers that its application is not there; another endpoint may be. */
  #hasNotArrived(head: ResponseHead): boolean {
    return (
      head.status === 503 &&
      this.context.direction === 'outbound' &&
      this.#endpoint?.config.identity !== undefined &&
      isNeverArrived(head.header('x-weft-response-flags')) &&
      this.#isRepeatable() &&
      this.#cluster?.hasOther(this.#endpoint) === true
    );
  }

  #sendElsewhere(): void {
    const failed = this.#endpoint as UpstreamEndpoint;
    // What follows of the refusal is not read.
    this.#upstream?.abort();
    this.#release();
    this.#retry(failed);
  }

  /** Sent once more the request does no harm (RFC 9110 9.2.2), and we still have all of it. */
  #isRepeatable(): boolean {
    return !this.#isBodyTaken && isIdempotent(this.request.method) && this.#attempts <= MAX_RETRIES;
  }

  onDownstreamAbort(flag: ResponseFlag, details: string, status: number): void {
    this.#giveUpUpstream();
    if (this.#status === 0) this.#status = status;
    this.#finish(flag, details);
  }

  /** Called by the connection's sweep: nothing moved for too long. */
  checkIdle(tick: number): void {
    if (tick - this.#lastTick < this.idleTicks) return;
    this.#stop('SI', 504, 'stream_idle_timeout', 'nothing was sent for longer than the idle timeout');
  }

  #onTimeout(details: string): void {
    this.#stop('UT', 504, details, `no complete answer in time (${details.replaceAll('_', ' ')})`);
  }

  #stop(flag: ResponseFlag, status: number, details: string, message: string): void {
    this.#giveUpUpstream();
    if (this.#status === 0) this.refuse(status, flag, details, message);
    else this.#breakOff(flag, details);
  }

  #giveUpUpstream(): void {
    clearTimeout(this.#retryTimer);
    if (this.#isWaiting) this.#endpoint?.pool.cancel(this);
    this.#isWaiting = false;
    this.#upstream?.abort();
  }

  /** The head is out, the rest will not come: the client has to see that. */
  #breakOff(flag: ResponseFlag, details: string): void {
    this.#finish(flag, details);
    this.downstream.abort();
  }

  #touch(): void {
    this.#lastTick = this.context.ticker.now;
  }

  // --- the end ---------------------------------------------------------------------------------------------

  #finish(flag: ResponseFlag, details: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#requestTimer !== undefined) clearTimeout(this.#requestTimer);
    // What is left of the body will not come: a copy of half a request is none.
    if (this.copies !== undefined && this.request.hasBody) for (const copy of this.copies) copy.abandon();
    const { context } = this;
    const durationMs = performance.now() - this.#started;
    const metrics = this.#endpoint?.requestMetrics ?? context.metrics;
    metrics.record(this.#status, flag, durationMs, this.#requestBytes, this.#responseBytes);
    if (context.log.wants(this.#status, flag)) this.#log(flag, details, durationMs);
    this.#release();
  }

  #log(flag: ResponseFlag, details: string, durationMs: number): void {
    const { request, context, route } = this;
    const endpoint = this.#endpoint;
    const requestId = request.header('x-request-id');
    const traceparent = request.header('traceparent');
    const userAgent = request.header('user-agent');
    const { identity } = context.peer;
    context.log.write({
      startTime: this.startTime,
      direction: context.direction,
      protocol: request.protocol,
      method: request.method,
      path: request.target,
      authority: request.authority,
      status: this.#status,
      flag,
      details,
      bytesReceived: this.#requestBytes,
      bytesSent: this.#responseBytes,
      durationMs,
      downstreamAddress: context.downstreamAddress,
      ...(this.#upstreamMs !== undefined && { upstreamMs: this.#upstreamMs }),
      ...(requestId !== undefined && { requestId }),
      ...(traceparent !== undefined && { traceparent }),
      ...(userAgent !== undefined && { userAgent }),
      ...(identity !== undefined && { downstreamPrincipal: identity }),
      ...(endpoint !== undefined && { upstreamAddress: endpoint.name }),
      ...(endpoint?.config.identity !== undefined && { upstreamPrincipal: endpoint.config.identity }),
      ...(this.#cluster !== undefined && { upstreamCluster: this.#cluster.name }),
      ...(route !== undefined && { route: `${route.ref}[${route.index}]` }),
    });
  }
}
