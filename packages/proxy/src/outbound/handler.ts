// Connections of the application to one destination: HTTP is served request by request, all else as bytes.

import type { Socket } from 'node:net';
import type { RuntimeOutbound } from '../config/runtime.ts';
import type { DetectedProtocol, Speaker } from '../detect/detections.ts';
import { type FirstWords, wordsOfAny, wordsOfTls } from '../detect/first-words.ts';
import { detectHttp } from '../detect/http.ts';
import type { EarlyServer } from '../listener/early-server.ts';
import { firstBytes } from '../listener/first-bytes.ts';
import { firstSpeaker, type SilentClientServer } from '../listener/first-speaker.ts';
import type { ConnectionHandler } from '../listener/listener.ts';
import { outboundPatience } from '../listener/patience.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { ConnectionContext } from '../stack/connection-context.ts';
import type { HttpService } from '../stack/exchange.ts';
import type { HttpVersion } from '../stack/http.ts';
import { toCluster } from '../stack/open-channel.ts';
import { serveHttp } from '../stack/serve-http.ts';
import { DEFAULT_TCP_IDLE_MS, refuseTcp, serveTcp, type TcpContext } from '../stack/tcp-session.ts';
import type { TrafficLabels } from '../telemetry/traffic.ts';
import { addressOf, peerAddress } from '../transport/address.ts';
import { SocketChannel } from '../transport/socket-channel.ts';
import { type BytesTarget, bytesTarget, isSameWay } from './bytes-target.ts';

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
  const bytesMetrics = proxy.metrics.connections({ ...labels, protocol: 'tcp' });

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
        return listen(socket, outbound, wordsOfAny);
      case 'http':
      case 'http2':
      case 'grpc':
        // Whatever it is: what is no HTTP is refused by the codec.
        firstBytes(socket, proxy, detectHttp, (spoken) => {
          if (!socket.destroyed) serveRequests(socket, spoken === 'http2' ? 'http2' : 'http1');
        });
        return;
      case 'tcp':
      case 'tls':
        if (outbound?.tcp.hasHostnames) return listen(socket, outbound, wordsOfTls);
        return serveBytes(
          socket,
          targetOf(outbound),
          outbound,
          undefined,
          undefined,
          outbound?.config.protocol === 'tls',
        );
    }
  }

  function serveRequests(socket: Socket, version: HttpVersion): void {
    const context: ConnectionContext = {
      direction: 'outbound',
      downstreamAddress: addressOf(socket),
      peer: { address: peerAddress(socket) },
      metrics,
      log: proxy.log,
      ticker: proxy.ticker,
    };
    proxy.track(serveHttp(socket, version, context, http, (session) => proxy.untrack(session)));
  }

  /** A port where the first words decide, or who says them. */
  function listen(
    socket: Socket,
    outbound: RuntimeOutbound | undefined,
    look: (bytes: Buffer) => FirstWords | undefined,
  ): void {
    const target = targetOf(outbound);
    firstSpeaker(socket, silentServer(outbound, target), proxy, look, (speaker) => {
      if (socket.destroyed) {
        if (speaker.kind !== 'unreachable') speaker.server?.cancel();
        return;
      }
      const latest = proxy.store.current.outbounds.get(name);
      switch (speaker.kind) {
        case 'unreachable':
          return serveBytes(socket, { ...speaker.reason, kind: 'refused' }, latest);
        case 'server':
          if (speaker.server.hasSpoken) learn(outbound, 'tcp', 'server');
          return serveBytes(socket, target, latest, undefined, speaker.server);
        case 'client':
          return serveClient(socket, speaker.spoken, latest, target, speaker.server);
      }
    });
  }

  /** `words` undefined: the client has ended before they could be told. */
  function serveClient(
    socket: Socket,
    words: FirstWords | undefined,
    outbound: RuntimeOutbound | undefined,
    early: BytesTarget,
    server: EarlyServer | undefined,
  ): void {
    if (words !== undefined) learn(outbound, words.protocol, 'client');
    if (words?.protocol === 'http1' || words?.protocol === 'http2') {
      server?.cancel();
      return serveRequests(socket, words.protocol);
    }
    const isTls = words?.protocol === 'tls';
    const serverName = isTls ? words.serverName : undefined;
    const target = targetOf(outbound, serverName);
    // What was dialled early may have TLS of our own.
    const isOurTls = target.kind === 'cluster' && target.cluster.config.tls !== undefined;
    if (server !== undefined && isSameWay(target, early) && !(isTls && isOurTls)) {
      return serveBytes(socket, early, outbound, serverName, server);
    }
    server?.cancel();
    serveBytes(socket, target, outbound, serverName, undefined, isTls);
  }

  function learn(outbound: RuntimeOutbound | undefined, protocol: DetectedProtocol, speaker: Speaker): void {
    if (outbound?.config.protocol === 'detect') proxy.detections.record('outbound', name, protocol, speaker);
  }

  /** Who answers a client that says nothing. Undefined: it has to say something. */
  function silentServer(
    outbound: RuntimeOutbound | undefined,
    target: BytesTarget,
  ): SilentClientServer | undefined {
    const isByName = outbound?.tcp.hasHostnames === true;
    if (target.kind === 'refused') return isByName ? undefined : target;
    // In TLS the client speaks first (RFC 8446 2).
    if (outbound?.config.protocol === 'tls') return undefined;
    const { cluster } = target;
    const learned = proxy.detections.recall('outbound', name);
    return { kind: 'dial', cluster, afterMs: outboundPatience(learned, isByName) };
  }

  function targetOf(outbound: RuntimeOutbound | undefined, serverName?: string): BytesTarget {
    return bytesTarget(outbound, serverName, (cluster) => proxy.store.cluster(cluster));
  }

  /** `server`: dialled already. `isTls`: the client's, so that none of our own goes around it (BackendTLSPolicy). */
  function serveBytes(
    socket: Socket,
    target: BytesTarget,
    outbound: RuntimeOutbound | undefined,
    serverName?: string,
    server?: EarlyServer,
    isTls = false,
  ): void {
    const channel = new SocketChannel(socket, { isAccepted: true });
    const context: TcpContext = {
      direction: 'outbound',
      downstreamAddress: addressOf(socket),
      peer: { address: peerAddress(socket) },
      metrics: bytesMetrics,
      log: proxy.log,
      ticker: proxy.ticker,
      idleMs: outbound?.config.idleTimeoutMs ?? DEFAULT_TCP_IDLE_MS,
      route: target.route,
      serverName,
    };
    if (target.kind === 'cluster') serveTcp(channel, server ?? toCluster(target.cluster, isTls), context);
    else refuseTcp(channel, context, target.flag, target.details);
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

/** `bookshop/reviews:80` → namespace and name of the Service. */
function serviceOf(name: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', rest = ''] = name.split('/');
  return { namespace, name: rest.split(':')[0] as string };
}
