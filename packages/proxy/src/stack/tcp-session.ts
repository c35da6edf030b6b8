// One downstream connection that is not HTTP: one endpoint for its whole life, bytes both ways.

import type { Socket } from 'node:net';
import type { ResponseFlag } from '@weft/common/response-flag';
import { relay } from '../codec/tcp/relay.ts';
import type { AccessLog, ConnectionMetrics } from '../telemetry/traffic.ts';
import { abort } from '../transport/abort.ts';
import type { Dialer } from '../transport/dialer.ts';
import { shareReads } from '../transport/shared-read.ts';
import type { Ticker } from '../transport/ticker.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';
import type { PeerView } from './request-view.ts';

export interface TcpContext {
  readonly direction: 'inbound' | 'outbound';
  readonly downstreamAddress: string;
  readonly peer: PeerView;
  /** Series of connections that reach no endpoint; inbound: of all. */
  readonly metrics: ConnectionMetrics;
  readonly log: AccessLog;
  readonly ticker: Ticker;
  readonly dial: Dialer;
  readonly idleMs: number;
}

/** Endpoints that are tried before the connection is given up. */
const MAX_ATTEMPTS = 3;

export const DEFAULT_TCP_IDLE_MS = 3_600_000;

/** A connection to an endpoint that was opened before, to see which side speaks first. */
export interface Dialled {
  readonly endpoint: UpstreamEndpoint;
  readonly socket: Socket;
}

/** Serves the connection from the cluster, by the connection that is there already if there is one. */
export function serveTcp(
  downstream: Socket,
  cluster: UpstreamCluster,
  context: TcpContext,
  dialled?: Dialled,
): void {
  const startTime = Date.now();
  let giveUp = (): void => {};
  downstream.once('close', () => giveUp());

  const finish = (flag: ResponseFlag, details: string, upstream?: string, sent = 0, received = 0): void => {
    logTcp(context, { startTime, flag, details, cluster: cluster.name, upstream, sent, received });
  };
  const refuse = (flag: ResponseFlag, details: string): void =>
    refuseTcp(downstream, context, flag, details, cluster.name);

  const relayTo = (endpoint: UpstreamEndpoint, upstream: Socket): void => {
    const metrics = endpoint.connectionMetrics ?? context.metrics;
    metrics.opened();
    relay(
      shareReads(downstream),
      shareReads(upstream),
      { ...context, onBytes: (sent, received) => metrics.bytes(sent, received) },
      ({ sent, received, flag }) => {
        endpoint.active--;
        metrics.closed(flag);
        finish(flag, flag === 'SI' ? 'idle_timeout' : 'via_upstream', endpoint.name, sent, received);
      },
    );
  };

  const attempt = (number: number, endpoint: UpstreamEndpoint | undefined): void => {
    if (endpoint === undefined) return refuse('UH', 'no_healthy_upstream');
    endpoint.active++;
    const cancel = context.dial(endpoint.config, 'tcp', cluster.config.connectTimeoutMs, (result) => {
      giveUp = () => {};
      if (result.kind === 'open') return relayTo(endpoint, result.socket);
      endpoint.active--;
      if (number < MAX_ATTEMPTS) attempt(number + 1, cluster.pickOther(endpoint));
      else refuse('UF', `upstream_connection_failure{${result.reason}}`);
    });
    giveUp = () => {
      cancel();
      endpoint.active--;
      finish('DC', 'downstream_remote_disconnect');
    };
  };
  if (dialled === undefined) attempt(1, cluster.pick());
  else {
    dialled.endpoint.active++;
    relayTo(dialled.endpoint, dialled.socket);
  }
}

/** Ends a connection that reaches no endpoint: counted, logged, and reset, so that the client learns it at once. */
export function refuseTcp(
  downstream: Socket,
  context: TcpContext,
  flag: ResponseFlag,
  details: string,
  cluster?: string,
): void {
  context.metrics.opened();
  context.metrics.closed(flag);
  logTcp(context, { startTime: Date.now(), flag, details, cluster });
  abort(downstream);
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
  const { log, direction, downstreamAddress, peer } = context;
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
    ...(cluster !== undefined && { upstreamCluster: cluster }),
    ...(upstream !== undefined && { upstreamAddress: upstream }),
    ...(peer.identity !== undefined && { downstreamPrincipal: peer.identity }),
  });
}
