// One stream that lasts, told of while it lives: what moved since the last tick, and its times once.

import type { MessageCounters } from './message-counter.ts';
import type { StreamMetrics } from './traffic.ts';

/** What is known of a stream so far. */
export interface StreamTotals {
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Until the endpoint's head; undefined before it. */
  readonly upstreamMs: number | undefined;
  readonly messages: MessageCounters | undefined;
}

export class LiveStream {
  readonly #metrics: StreamMetrics;
  #requestBytes = 0;
  #responseBytes = 0;
  #requestMessages = 0;
  #responseMessages = 0;
  #isAnswered = false;

  constructor(metrics: StreamMetrics) {
    this.#metrics = metrics;
    metrics.opened();
  }

  tell(totals: StreamTotals): void {
    const { requestBytes, responseBytes, upstreamMs, messages } = totals;
    if (upstreamMs !== undefined && !this.#isAnswered) {
      this.#isAnswered = true;
      this.#metrics.answered(upstreamMs);
    }
    if (requestBytes === this.#requestBytes && responseBytes === this.#responseBytes) return;
    this.#metrics.bytes(requestBytes - this.#requestBytes, responseBytes - this.#responseBytes);
    this.#requestBytes = requestBytes;
    this.#responseBytes = responseBytes;
    if (messages !== undefined) this.#tellMessages(messages);
  }

  #tellMessages({ request, response }: MessageCounters): void {
    this.#metrics.messages(request.count - this.#requestMessages, response.count - this.#responseMessages);
    this.#requestMessages = request.count;
    this.#responseMessages = response.count;
  }

  close(durationMs: number): void {
    this.#metrics.closed(durationMs);
  }
}
