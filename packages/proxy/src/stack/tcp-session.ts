// One downstream connection that is not HTTP: one endpoint for its whole life, bytes both ways.

import type { ResponseFlag } from '@weft/common/response-flag';
import { relay } from '../codec/tcp/relay.ts';
import type { AccessLog, ConnectionMetrics } from '../telemetry/traffic.ts';
import type { AcceptedChannel } from '../transport/byte-channel.ts';
import type { Ticker } from '../transport/ticker.ts';
import { BULK_BYTES } from '../upstream/bulk-memory.ts';
import type { ChannelSource, OpenedChannel } from './open-channel.ts';
import type { PeerView } from './request-view.ts';

export interface TcpContext {
  readonly direction: 'inbound' | 'outbound';
  readonly downstreamAddress: string;
  readonly peer: PeerView;
  /** Series of connections that reach no endpoint; inbound: of all. */
  readonly metrics: ConnectionMetrics;
  readonly log: AccessLog;
  readonly ticker: Ticker;
  readonly idleMs: number;
  /** The rule that chose the cluster: `TLSRoute/bookshop/shop[0]`. */
  readonly route?: string | undefined;
  /** The name that a TLS client asked for (SNI). */
  readonly serverName?: string | undefined;
}

export const DEFAULT_TCP_IDLE_MS = 3_600_000;

/** Serves the connection by a channel from this source. */
export function serveTcp(downstream: AcceptedChannel, source: ChannelSource, context: TcpContext): void {
  const startTime = Date.now();
  const cluster = source.cluster.name;
  let isSettled = false;

  const relayTo = ({ endpoint, channel }: OpenedChannel): void => {
    const metrics = endpoint.connectionMetrics ?? context.metrics;
    const { bulk } = endpoint.channels;
    let carried = 0;
    metrics.opened();
    const onBytes = (sent: number, received: number): void => {
      metrics.bytes(sent, received);
      const before = carried;
      carried += sent + received;
      // Those that come meanwhile are to know.
      if (carried >= BULK_BYTES && before < BULK_BYTES) bulk.record(carried);
    };
    relay(downstream, channel, { ...context, onBytes }, ({ sent, received, flag }) => {
      endpoint.active--;
      if (carried < BULK_BYTES) bulk.record(carried);
      metrics.closed(flag);
      const details = flag === 'SI' ? 'idle_timeout' : 'via_upstream';
      logTcp(context, { startTime, flag, details, cluster, upstream: endpoint.name, sent, received });
    });
  };

  const cancel = source.open((result) => {
    isSettled = true;
    if (result.kind === 'open') relayTo(result);
    else refuseTcp(downstream, context, result.flag, result.details, cluster);
  });
  if (isSettled) return;
  downstream.whenLost(() => {
    if (isSettled) return;
    isSettled = true;
    cancel();
    logTcp(context, { startTime, flag: 'DC', details: 'downstream_remote_disconnect', cluster });
  });
}

/** Ends a connection that reaches no endpoint: counted, logged, and reset, so that the client learns it at once. */
export function refuseTcp(
  downstream: AcceptedChannel,
  context: TcpContext,
  flag: ResponseFlag,
  details: string,
  cluster?: string,
): void {
  context.metrics.opened();
  context.metrics.closed(flag);
  logTcp(context, { startTime: Date.now(), flag, details, cluster });
  downstream.refuse(flag, details);
}

interface TcpEnd {
  /** Epoch milliseconds. */
  readonly startTime: number;
  readonly flag: ResponseFlag;
  readonly details: string;
  readonly cluster: string | undefined;
  readonly upstream?: string | undefined;
  readonly sent?: number;
  readonly received?: number;
}

function logTcp(context: TcpContext, end: TcpEnd): void {
  const { log, direction, downstreamAddress, peer, route, serverName } = context;
  const { startTime, flag, details, cluster, upstream, sent = 0, received = 0 } = end;
  if (!log.wants(0, flag)) return;
  log.write({
    startTime,
    direction,
    protocol: 'TCP',
    status: 0,
    flag,
    details,
    bytesReceived: sent,
    bytesSent: received,
    durationMs: Date.now() - startTime,
    downstreamAddress,
    ...(serverName !== undefined && { authority: serverName }),
    ...(route !== undefined && { route }),
    ...(cluster !== undefined && { upstreamCluster: cluster }),
    ...(upstream !== undefined && { upstreamAddress: upstream }),
    ...(peer.identity !== undefined && { downstreamPrincipal: peer.identity }),
  });
}
