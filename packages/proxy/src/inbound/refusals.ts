// Connections that are refused before there is a request: counted by reason, and told in the log without flooding it.

import type { Logger } from '@weft/common/logger/logger';
import { labels } from '@weft/common/metrics/labels';
import type { Registry } from '@weft/common/metrics/registry';
import type { PeerRefusalReason } from '../identity/mesh-peer.ts';
import { seldom } from '../telemetry/seldom.ts';

/** The `reason` label: why a mesh peer was not let in, or why a connection was not served. */
export type ConnectionRefusalReason =
  | PeerRefusalReason
  /** Plain text where the mode is STRICT. */
  | 'plain_text'
  /** Mesh mTLS where the mode is DISABLE. */
  | 'mtls_disabled'
  /** An authorization policy, on a connection that is not HTTP. */
  | 'denied'
  /** There is no configuration for the port. */
  | 'not_served';

export interface ConnectionRefusal {
  readonly reason: ConnectionRefusalReason;
  /** One sentence for the log. */
  readonly message: string;
  /** Address of the other end. */
  readonly peer: string | undefined;
  readonly policy?: string;
  readonly principal?: string;
}

/** Takes each refusal. */
export function connectionRefusals(
  registry: Registry,
  log: Logger,
  now?: () => number,
): (refusal: ConnectionRefusal) => void {
  const counter = registry.counter(
    'weft_inbound_connections_refused_total',
    'Connections that were refused before a request, by reason.',
  );
  const tell = seldom(now);
  return ({ reason, message, ...fields }) => {
    counter.add(counter.series(labels({ reason })));
    const told = tell(reason);
    if (told !== undefined) log.warn(`connection refused: ${message}`, { reason, ...fields, ...told });
  };
}
