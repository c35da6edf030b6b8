// One gRPC call as the exchange sees it: its messages each way, until when it may run, and how it ended.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { MessageCounters } from '../../telemetry/message-counter.ts';
import type { GrpcLogEntry, GrpcMetrics } from '../../telemetry/traffic.ts';
import { TICK_MS } from '../../transport/ticker.ts';
import type { RequestHead, ResponseHead, Trailers } from '../http.ts';
import { decodeGrpcMessage, encodeGrpcMessage } from './grpc-message.ts';
import { GrpcMessages } from './grpc-messages.ts';
import { GRPC_STATUS, grpcStatusOfHttp, grpcStatusOfRefusal, parseGrpcStatus } from './grpc-status.ts';
import { formatGrpcTimeout, parseGrpcTimeout } from './grpc-timeout.ts';

const TIMEOUT: ReadonlySet<string> = new Set(['grpc-timeout']);

type Lines = readonly (readonly [name: string, value: string])[];

export class GrpcCall implements MessageCounters {
  readonly request = new GrpcMessages();
  readonly response = new GrpcMessages();
  readonly #timeoutMs: number | undefined;
  /**
   * Ends a call whose client is gone and whose server goes on: both know the deadline to the millisecond and come
   * first, so a tick is as exact as it has to be, and no call needs a timer.
   */
  readonly #lastTick: number;
  #status: number | undefined;
  #message: string | undefined;
  /** The head is out and trailers will follow, by which a failure can still be told. */
  #isOpen = false;
  #toldRequests = 0;
  #toldResponses = 0;

  /** `now`: the tick that it begins in. */
  constructor(head: RequestHead, now: number) {
    const timeout = head.header('grpc-timeout');
    this.#timeoutMs = timeout === undefined ? undefined : parseGrpcTimeout(timeout);
    this.#lastTick = now + 1 + (this.#timeoutMs ?? Number.POSITIVE_INFINITY) / TICK_MS;
  }

  isTooLate(tick: number): boolean {
    return tick > this.#lastTick;
  }

  /** The route's limit, where it is shorter than the client's, is the deadline that the server gets to know. */
  limit(head: RequestHead, ms: number): void {
    if (this.#timeoutMs !== undefined && this.#timeoutMs <= ms) return;
    head.edits.apply(TIMEOUT, [['grpc-timeout', formatGrpcTimeout(Math.max(1, Math.floor(ms)))]]);
  }

  // --- its end ---------------------------------------------------------------------------------------------

  /** The status of a Trailers-Only answer is in the head. */
  takeHead(head: ResponseHead): void {
    const status = head.header('grpc-status');
    if (status !== undefined) this.#take(status, head.header('grpc-message'));
    else this.#isOpen = head.status === 200 && head.contentLength < 0;
  }

  takeTrailers(trailers: Trailers | undefined): void {
    this.#isOpen = false;
    const status = trailers?.find(([name]) => name === 'grpc-status')?.[1];
    if (status !== undefined) this.#take(status, trailers?.find(([name]) => name === 'grpc-message')?.[1]);
  }

  #take(status: string, message: string | undefined): void {
    this.#status = parseGrpcStatus(status);
    this.#message = message === undefined ? undefined : decodeGrpcMessage(message);
  }

  /** The lines of a Trailers-Only answer that says what an HTTP answer of the proxy's own would have said. */
  refusal(httpStatus: number, flag: ResponseFlag, message: string): Lines {
    return [
      ['content-type', 'application/grpc'],
      ...this.#failure(grpcStatusOfRefusal(httpStatus, flag), message),
    ];
  }

  /** The trailers by which an answer that has begun ends with a failure; undefined where it can only be broken off. */
  brokenOff(flag: ResponseFlag, message: string): Trailers | undefined {
    if (!this.#isOpen) return undefined;
    this.#isOpen = false;
    return [...this.#failure(brokenStatus(flag), message), ['x-weft-response-flags', flag]];
  }

  #failure(status: number, message: string): Lines {
    this.#status = status;
    this.#message = message;
    return [
      ['grpc-status', String(status)],
      ['grpc-message', encodeGrpcMessage(message)],
    ];
  }

  /** How it ended, told as its client was told, or would have to understand it. */
  statusAfter(httpStatus: number, flag: ResponseFlag): number {
    if (this.#status !== undefined) return this.#status;
    if (flag === '-') return httpStatus === 200 ? GRPC_STATUS.Unknown : grpcStatusOfHttp(httpStatus);
    return brokenStatus(flag);
  }

  // --- telemetry -------------------------------------------------------------------------------------------

  /** Counts the messages since the last time. */
  tell(metrics: GrpcMetrics): void {
    const [sent, received] = [
      this.request.count - this.#toldRequests,
      this.response.count - this.#toldResponses,
    ];
    if (sent === 0 && received === 0) return;
    this.#toldRequests += sent;
    this.#toldResponses += received;
    metrics.messages(sent, received);
  }

  logEntry(status: number): GrpcLogEntry {
    const message = this.#message;
    return {
      status,
      ...(message !== undefined && message !== '' && { message }),
    };
  }
}

/** A call that ends in the middle. */
function brokenStatus(flag: ResponseFlag): number {
  switch (flag) {
    case 'DC':
      return GRPC_STATUS.Canceled;
    case 'UT':
      return GRPC_STATUS.DeadlineExceeded;
    case 'DPE':
    case 'UPE':
      return GRPC_STATUS.Internal;
    default:
      return GRPC_STATUS.Unavailable;
  }
}
