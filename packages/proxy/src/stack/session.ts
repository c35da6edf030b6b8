// What the sessions of both versions share: how a request is told of that never became one.

import type { ConnectionContext } from './connection-context.ts';

/** What a codec could not serve; it has answered already. */
export interface SessionRefusal {
  /** What it answered; 0 where it could not. */
  readonly status: number;
  readonly details: string;
}

export function recordRefusal(context: ConnectionContext, protocol: string, refusal: SessionRefusal): void {
  const { status, details } = refusal;
  context.metrics.record(status, 'DPE', 0, 0, 0);
  if (!context.log.wants(status, 'DPE')) return;
  context.log.write({
    startTime: Date.now(),
    direction: context.direction,
    protocol,
    status,
    flag: 'DPE',
    details,
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 0,
    downstreamAddress: context.downstreamAddress,
  });
}
