// Istio's standard metric families for HTTP and TCP.
// https://istio.io/latest/docs/reference/config/metrics/

import type { Counter, Histogram } from '@weft/common/metrics/family';
import type { Registry } from '@weft/common/metrics/registry';
import { REQUEST_BOUNDS } from '@weft/common/metrics/request-bounds';

export interface IstioFamilies {
  readonly requests: Counter;
  readonly duration: Histogram;
  readonly requestBytes: Histogram;
  readonly responseBytes: Histogram;
  readonly requestMessages: Counter;
  readonly responseMessages: Counter;
  readonly opened: Counter;
  readonly closed: Counter;
  readonly sentBytes: Counter;
  readonly receivedBytes: Counter;
}

/** Registers them all; one set for each registry. */
export function istioFamilies(registry: Registry): IstioFamilies {
  return {
    requests: registry.counter('istio_requests_total', 'Requests that ended.'),
    duration: registry.histogram(
      'istio_request_duration_milliseconds',
      'Time from the first byte of a request to the last of its response; for a tunnel, to its opening.',
      REQUEST_BOUNDS,
    ),
    requestBytes: registry.histogram('istio_request_bytes', 'Size of request bodies.', REQUEST_BOUNDS),
    responseBytes: registry.histogram('istio_response_bytes', 'Size of response bodies.', REQUEST_BOUNDS),
    requestMessages: registry.counter('istio_request_messages_total', 'gRPC messages from clients.'),
    responseMessages: registry.counter('istio_response_messages_total', 'gRPC messages from servers.'),
    opened: registry.counter('istio_tcp_connections_opened_total', 'Connections opened.'),
    closed: registry.counter('istio_tcp_connections_closed_total', 'Connections closed.'),
    sentBytes: registry.counter('istio_tcp_sent_bytes_total', 'Bytes sent to the client of a connection.'),
    receivedBytes: registry.counter(
      'istio_tcp_received_bytes_total',
      'Bytes received from the client of a connection.',
    ),
  };
}
