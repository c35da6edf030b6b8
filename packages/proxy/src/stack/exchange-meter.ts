// What is counted of one exchange: bytes and messages each way, its times; told while it lasts, and at its end.

import type { ResponseFlag } from '@weft/common/response-flag';
import { LiveStream, type StreamTotals } from '../telemetry/live-stream.ts';
import type { MessageCounters } from '../telemetry/message-counter.ts';
import type { RequestMetrics, StreamKind } from '../telemetry/traffic.ts';
import type { Exchange } from './exchange.ts';
import { logEntry } from './exchange-log.ts';
import type { GrpcCall } from './grpc/grpc-call.ts';
import { httpStatusOfGrpc } from './grpc/grpc-status.ts';
import type { ResponseHead } from './http.ts';
import { WebSocketMessages } from './websocket/websocket-messages.ts';

export class ExchangeMeter implements StreamTotals {
  requestBytes = 0;
  responseBytes = 0;
  upstreamMs: number | undefined;
  messages: MessageCounters | undefined;
  readonly #started = performance.now();
  /** Set while it is one that lasts. */
  #stream: LiveStream | undefined;
  #isTunnel = false;

  takeRequest(chunk: Buffer): void {
    this.requestBytes += chunk.length;
    this.messages?.request.take(chunk);
  }

  takeResponse(chunk: Buffer): void {
    this.responseBytes += chunk.length;
    this.messages?.response.take(chunk);
  }

  answered(head: ResponseHead, grpc: GrpcCall | undefined): void {
    this.upstreamMs = performance.now() - this.#started;
    grpc?.takeHead(head);
  }

  /** The endpoint has agreed to an upgrade. */
  becameTunnel(exchange: Exchange): void {
    this.#isTunnel = true;
    if (exchange.request.upgrade !== 'websocket') return this.#openStream(exchange, 'tunnel');
    this.messages = { request: new WebSocketMessages(), response: new WebSocketMessages() };
    this.#openStream(exchange, 'websocket');
  }

  onTick(exchange: Exchange): void {
    const { grpc, endpoint } = exchange;
    if (grpc !== undefined) {
      if (this.#stream === undefined && endpoint !== undefined) this.#openStream(exchange, 'grpc');
      grpc.tell(metricsOf(exchange).grpc);
    }
    this.#tellStream();
  }

  #openStream(exchange: Exchange, kind: StreamKind): void {
    this.#stream = new LiveStream(metricsOf(exchange).streams(kind));
    this.#tellStream();
  }

  #tellStream(): void {
    this.#stream?.tell(this);
  }

  /** Before the endpoint is released. */
  finish(exchange: Exchange, status: number, flag: ResponseFlag, details: string): void {
    const durationMs = performance.now() - this.#started;
    this.#tellStream();
    this.#stream?.close(durationMs);
    const { context, grpc } = exchange;
    const grpcStatus = grpc?.statusAfter(status, flag);
    // A conversation of hours says nothing about how fast requests are: what its client waited for is the opening.
    const requestMs = this.#isTunnel ? (this.upstreamMs ?? durationMs) : durationMs;
    const metrics = grpc === undefined ? metricsOf(exchange) : metricsOf(exchange).grpc;
    metrics.record(status, flag, requestMs, this.requestBytes, this.responseBytes, grpcStatus);
    grpc?.tell(metrics.grpc);
    // Logged as the HTTP answer would be that says the same.
    const shownStatus = grpcStatus === undefined || status !== 200 ? status : httpStatusOfGrpc(grpcStatus);
    if (!context.log.wants(shownStatus, flag)) return;
    const { requestBytes: bytesReceived, responseBytes: bytesSent, upstreamMs, messages } = this;
    const told = { bytesReceived, bytesSent, durationMs, upstreamMs, grpcStatus, messages };
    const end = { status, flag, details, ...told };
    context.log.write(logEntry(exchange, end));
  }
}

function metricsOf({ endpoint, context }: Exchange): RequestMetrics {
  return endpoint?.requestMetrics ?? context.metrics;
}
