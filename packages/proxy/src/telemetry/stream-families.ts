// Weft's own families for what lasts: Istio's tell of a request when it is over, of a WebSocket after days perhaps.

import type { Counter, Gauge, Histogram } from '@weft/common/metrics/family';
import type { Registry } from '@weft/common/metrics/registry';
import { REQUEST_BOUNDS } from '@weft/common/metrics/request-bounds';

export interface StreamFamilies {
  readonly active: Gauge;
  readonly receivedBytes: Counter;
  readonly sentBytes: Counter;
  readonly receivedMessages: Counter;
  readonly sentMessages: Counter;
  readonly firstByte: Histogram;
  readonly duration: Histogram;
}

/** Registers them all; one set for each registry. */
export function streamFamilies(registry: Registry): StreamFamilies {
  return {
    active: registry.gauge(
      'weft_http_streams_active',
      'WebSockets, tunnels and lasting gRPC calls that are open.',
    ),
    receivedBytes: registry.counter(
      'weft_http_stream_received_bytes_total',
      'Bytes received from clients of streams.',
    ),
    sentBytes: registry.counter('weft_http_stream_sent_bytes_total', 'Bytes sent to clients of streams.'),
    receivedMessages: registry.counter(
      'weft_http_stream_received_messages_total',
      'Messages received from clients of streams.',
    ),
    sentMessages: registry.counter(
      'weft_http_stream_sent_messages_total',
      'Messages sent to clients of streams.',
    ),
    firstByte: registry.histogram(
      'weft_http_stream_first_byte_milliseconds',
      'Time from the first byte of a stream to the first of its answer.',
      REQUEST_BOUNDS,
    ),
    duration: registry.histogram(
      'weft_http_stream_duration_milliseconds',
      'Time from the first byte of a stream to its end.',
      REQUEST_BOUNDS,
    ),
  };
}
