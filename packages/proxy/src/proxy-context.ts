// What the two sides of a proxy share: configuration, clock, series, log, and the connections to drain.

import type { ConfigStore } from './config/store.ts';
import type { Detections } from './detect/detections.ts';
import type { Audit } from './inbound/audits.ts';
import type { ConnectionRefusal } from './inbound/refusals.ts';
import type { AccessLog, Peer, TrafficMetrics } from './telemetry/traffic.ts';
import type { Ticker } from './transport/ticker.ts';

/** A connection that can be ended in good order. */
export interface Drainable {
  drain(): void;
}

export interface ProxyContext {
  readonly store: ConfigStore;
  readonly ticker: Ticker;
  readonly metrics: TrafficMetrics;
  readonly log: AccessLog;
  /** What ports that do not declare a protocol turned out to speak. */
  readonly detections: Detections;
  /** Who we are, for labels. */
  readonly source: Peer;
  track(connection: Drainable): void;
  untrack(connection: Drainable): void;
  /** A connection to the workload that is refused before there is a request to log. */
  onConnectionRefused(refusal: ConnectionRefusal): void;
  /** A request or connection to the workload that AUDIT policies matched. */
  onAudit(audit: Audit): void;
}
