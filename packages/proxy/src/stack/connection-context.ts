// What is the same for all requests of one downstream connection.

import type { AccessLog, RequestMetrics } from '../telemetry/traffic.ts';
import type { Ticker } from '../transport/ticker.ts';
import type { HttpVersion } from './http.ts';
import type { PeerView } from './request-view.ts';

export interface ConnectionContext {
  readonly direction: 'inbound' | 'outbound';
  /** `address:port` of the other end. */
  readonly downstreamAddress: string;
  readonly peer: PeerView;
  /** Series for requests that reach no endpoint; inbound: for all requests. */
  readonly metrics: RequestMetrics;
  /** What the clients behind a sidecar speak, where that is not what the sidecar speaks for them. */
  readonly clientVersion?: HttpVersion;
  readonly log: AccessLog;
  readonly ticker: Ticker;
}
