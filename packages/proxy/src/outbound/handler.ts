// Connections of the application to one destination: HTTP is served request by request, all else as bytes.

import type { Socket } from 'node:net';
import type { ResponseFlag } from '@weft/common/response-flag';
import type { RuntimeOutbound } from '../config/runtime.ts';
import { detectHttp } from '../detect/http.ts';
import { firstBytes } from '../listener/first-bytes.ts';
import { firstSpeaker } from '../listener/first-speaker.ts';
import type { ConnectionHandler } from '../listener/listener.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { ConnectionContext, HttpService } from '../stack/exchange.ts';
import { HttpSession } from '../stack/http-session.ts';
import { DEFAULT_TCP_IDLE_MS, refuseTcp, serveTcp, type TcpContext } from '../stack/tcp-session.ts';
import type { TrafficLabels } from '../telemetry/traffic.ts';
import { addressOf, peerAddress } from '../transport/address.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';

/** How long a first call waits for its configuration; the control plane answers in milliseconds. */
const CONFIG_WAIT_MS = 5_000;

export function outboundHandler(name: string, proxy: ProxyContext): ConnectionHandler {
  const labels: Omit<TrafficLabels, 'protocol'> = {
    reporter: 'source',
    source: proxy.source,
    service: serviceOf(name),
    security: 'none',
  };
  const metrics = proxy.metrics.requests({ ...labels, protocol: 'http' });

  /** The destination as it is now: looked up for each request, so that the next one sees a change. */
  const http: HttpService = (exchange) => {
    const outbound = proxy.store.current.outbounds.get(name);
    if (outbound !== undefined) outbound.http(exchange);
    else if (proxy.store.isAbsent(name)) {
      exchange.refuse(503, 'NC', 'outbound_not_found', `${name} is not known to the mesh (any more)`);
    } else {
      const message = `there is no configuration for ${name} yet: the control plane does not answer`;
      exchange.refuse(503, 'NC', 'outbound_not_received', message);
    }
  };

  function serve(socket: Socket, outbound: RuntimeOutbound | undefined): void {
    if (socket.destroyed) return;
    switch (outbound?.config.protocol) {
      case undefined:
      case 'detect':
        return detect(socket, outbound);
      case 'http':
      case 'http2':
      case 'grpc':
        return serveHttp(socket);
      case 'tcp':
      case 'tls':
        return serveBytes(socket, outbound);
    }
  }

  function serveHttp(socket: Socket): void {
    const context: ConnectionContext = {
      direction: 'outbound',
      downstreamAddress: addressOf(socket),
      peer: { address: peerAddress(socket) },
      metrics,
      log: proxy.log,
      ticker: proxy.ticker,
    };
    proxy.track(new HttpSession(socket, context, http, (session) => proxy.untrack(session)));
  }

  function serveBytes(socket: Socket, outbound: RuntimeOutbound | undefined): void {
    const target = clusterOf(outbound);
    if (target.kind === 'cluster') serveTcp(socket, target.cluster, tcpContext(socket, outbound));
    else refuseTcp(socket, tcpContext(socket, outbound), target.flag, target.details);
  }

  /** An undeclared port: whoever speaks first tells what it is. */
  function detect(socket: Socket, outbound: RuntimeOutbound | undefined): void {
    const onClient = (spoken: ReturnType<typeof detectHttp>): void => {
      if (socket.destroyed) return;
      if (spoken === 'http1') serveHttp(socket);
      else serveBytes(socket, proxy.store.current.outbounds.get(name));
    };
    const target = clusterOf(outbound);
    if (target.kind !== 'cluster') {
      firstBytes(socket, proxy, detectHttp, onClient);
      return;
    }
    const { cluster } = target;
    firstSpeaker(socket, cluster, proxy, detectHttp, (speaker) => {
      if (speaker.kind === 'client') onClient(speaker.spoken);
      else serveTcp(socket, cluster, tcpContext(socket, outbound), speaker);
    });
  }

  function clusterOf(outbound: RuntimeOutbound | undefined): BytesTarget {
    if (outbound === undefined) return { kind: 'refused', flag: 'NC', details: 'outbound_not_found' };
    const { invalid } = outbound.config;
    if (invalid !== undefined) return invalidConfiguration(invalid);
    const backend = outbound.tcp.choose(Math.random());
    if (backend === undefined) return { kind: 'refused', flag: 'NR', details: 'route_not_found' };
    if (backend.invalid !== undefined) return invalidConfiguration(backend.invalid);
    const cluster = proxy.store.cluster(backend.cluster);
    if (cluster === undefined) return { kind: 'refused', flag: 'NC', details: 'cluster_not_found' };
    return { kind: 'cluster', cluster };
  }

  function tcpContext(socket: Socket, outbound: RuntimeOutbound | undefined): TcpContext {
    return {
      direction: 'outbound',
      downstreamAddress: addressOf(socket),
      peer: { address: peerAddress(socket) },
      metrics: proxy.metrics.connections({ ...labels, protocol: 'tcp' }),
      log: proxy.log,
      ticker: proxy.ticker,
      dial: proxy.dial,
      idleMs: outbound?.config.idleTimeoutMs ?? DEFAULT_TCP_IDLE_MS,
    };
  }

  return {
    accept(socket) {
      let timer: NodeJS.Timeout | undefined;
      const stop = proxy.store.outbound(name, (outbound) => {
        clearTimeout(timer);
        serve(socket, outbound);
      });
      if (stop === undefined) return;
      timer = setTimeout(() => {
        stop();
        serve(socket, undefined);
      }, CONFIG_WAIT_MS);
    },
  };
}

interface RefusedBytes {
  readonly kind: 'refused';
  readonly flag: ResponseFlag;
  readonly details: string;
}

/** Where a connection that is not HTTP goes. */
type BytesTarget = { readonly kind: 'cluster'; readonly cluster: UpstreamCluster } | RefusedBytes;

function invalidConfiguration(reason: string): RefusedBytes {
  return { kind: 'refused', flag: 'IC', details: `invalid_configuration{${reason}}` };
}

/** `bookshop/reviews:80` → namespace and name of the Service. */
function serviceOf(name: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', rest = ''] = name.split('/');
  return { namespace, name: rest.split(':')[0] as string };
}
