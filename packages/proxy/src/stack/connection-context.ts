// What is the same for all requests of one downstream connection.

import type { AccessLog, RequestMetrics } from '../telemetry/traffic.ts';
import type { Ticker } from '../transport/ticker.ts';
import type { PeerView } from './request-view.ts';

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
