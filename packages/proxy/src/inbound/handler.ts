// Connections to one port of the workload: authenticate, authorize, then the application.
//
//   accept ─▶ classify ─▶ mesh mTLS ─▶ peer, ALPN ─┬▶ tunnel: each stream of it is a connection of bytes ─┐
//                                                  ├▶ HTTP: a session                                    │
//                      ─▶ plain text ──────────────┴▶ else: authorize once, relay bytes ◀────────────────┘

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { InboundPort } from '@weft/api/proxy-config/types';
import type { RuntimeInboundPort } from '../config/runtime.ts';
import { detectHttp } from '../detect/http.ts';
import type { IdentitySource } from '../identity/mesh-identity.ts';
import type { MeshPeer } from '../identity/mesh-peer.ts';
import { createMeshServer, type MeshServer } from '../identity/mesh-server.ts';
import type { EarlyServer } from '../listener/early-server.ts';
import { firstBytes } from '../listener/first-bytes.ts';
import { firstSpeaker } from '../listener/first-speaker.ts';
import type { ConnectionHandler } from '../listener/listener.ts';
import { inboundPatience } from '../listener/patience.ts';
import type { Drainable, ProxyContext } from '../proxy-context.ts';
import type { ConnectionContext } from '../stack/connection-context.ts';
import type { HttpService } from '../stack/exchange.ts';
import type { HttpVersion } from '../stack/http.ts';
import { toCluster } from '../stack/open-channel.ts';
import type { PeerView } from '../stack/request-view.ts';
import { serveHttp } from '../stack/serve-http.ts';
import { DEFAULT_TCP_IDLE_MS, refuseTcp, serveTcp } from '../stack/tcp-session.ts';
import type { ConnectionMetrics, TrafficLabels } from '../telemetry/traffic.ts';
import { abort } from '../transport/abort.ts';
import { addressOf, peerAddress } from '../transport/address.ts';
import type { AcceptedChannel } from '../transport/byte-channel.ts';
import { SocketChannel } from '../transport/socket-channel.ts';
import { admitMesh, admitPlainText } from './admission.ts';
import { type ConnectionKind, classify } from './classify.ts';
import { inboundHttp, refusePlainText } from './http.ts';
import { certificateHeaderOf } from './sanitise.ts';
import { serveTunnels } from './tunnels.ts';

export interface InboundHandler extends ConnectionHandler {
  close(): void;
}

export function inboundHandler(
  port: number,
  proxy: ProxyContext,
  identity: IdentitySource | undefined,
): InboundHandler {
  const meshServer: MeshServer | undefined =
    identity &&
    createMeshServer(identity, {
      onConnection: (socket, peer, protocol) => {
        if (protocol === 'tunnel') return serveTunnelsOf(socket, peer);
        const now = current();
        if (now === undefined) notServed(socket);
        else if (admitMesh(now.config, protocol !== 'tcp') !== 'http') serveBytes(socket, now, peer);
        else if (protocol === 'http1-streams') serveRequests(socket, 'http2', now, peer, 'http1');
        else if (protocol !== 'tcp') serveRequests(socket, protocol, now, peer);
        else
          firstBytes(socket, proxy, detectHttp, (kind) => serveRequests(socket, versionOf(kind), now, peer));
      },
      onRefused: ({ reason, message }, address) =>
        proxy.onConnectionRefused({ reason, message, peer: address }),
    });

  const resolved = new WeakMap<
    MeshPeer,
    { readonly port: RuntimeInboundPort; readonly metrics: ConnectionMetrics }
  >();

  function current(): RuntimeInboundPort | undefined {
    return proxy.store.current.inbound?.ports.get(port);
  }

  /** By the configuration of this moment: the client may have been silent for long. `server`: dialled already. */
  function serve(socket: Socket, kind: ConnectionKind | undefined, server?: EarlyServer): void {
    const now = current();
    const admission =
      socket.destroyed || now === undefined || (kind === 'mesh' && meshServer !== undefined)
        ? undefined
        : admitPlainText(now.config, kind);
    if (admission !== 'bytes') server?.cancel();
    if (socket.destroyed) return;
    if (now === undefined) return notServed(socket);
    learn(now, kind);
    switch (admission) {
      case undefined:
        return serveMesh(socket, now.config, meshServer as MeshServer);
      case 'http':
        return serveRequests(socket, versionOf(kind), now, undefined);
      case 'bytes':
        return serveBytes(socket, now, undefined, server);
      case 'refused':
        return refuse(socket, now.config);
      case 'gone':
        socket.destroy();
    }
  }

  function learn({ config }: RuntimeInboundPort, kind: ConnectionKind | undefined): void {
    if (config.protocol !== 'detect' || kind === undefined || kind === 'mesh') return;
    proxy.detections.record('inbound', String(port), kind === 'other' ? 'tcp' : kind, 'client');
  }

  function serveMesh(socket: Socket, { mtls }: InboundPort, server: MeshServer): void {
    if (mtls.mode !== 'DISABLE') return server.accept(socket);
    const message = 'this workload takes plain text only';
    const policy = mtls.ref && { policy: mtls.ref };
    proxy.onConnectionRefused({ reason: 'mtls_disabled', message, peer: peerAddress(socket), ...policy });
    socket.destroy();
  }

  function notServed(socket: Socket): void {
    // Without configuration nothing is known to be allowed.
    const message = `there is no configuration for port ${port}`;
    proxy.onConnectionRefused({ reason: 'not_served', message, peer: peerAddress(socket) });
    abort(socket);
  }

  /** STRICT, and not HTTP: there is no way to say why. */
  function refuse(socket: Socket, config: InboundPort): void {
    countPlainText(socket, config);
    socket.destroy();
  }

  function countPlainText(socket: Socket, { mtls }: InboundPort): void {
    const message = 'this workload takes mutual TLS only';
    const policy = mtls.ref && { policy: mtls.ref };
    proxy.onConnectionRefused({ reason: 'plain_text', message, peer: peerAddress(socket), ...policy });
  }

  function serveRequests(
    socket: Socket,
    version: HttpVersion,
    now: RuntimeInboundPort,
    peer: MeshPeer | undefined,
    clientVersion = version,
  ): void {
    if (socket.destroyed) return;
    const certificateHeader = peer && certificateHeaderOf(identity?.current?.id.uri, peer.identity);
    let builtFor: RuntimeInboundPort | undefined;
    let stack: HttpService | undefined;
    const service: HttpService = (exchange) => {
      const latest = current();
      if (latest === undefined)
        return exchange.refuse(503, 'NC', 'inbound_not_found', `port ${port} is not served (any more)`);
      if (stack === undefined || latest !== builtFor) {
        builtFor = latest;
        const isRefused = peer === undefined && latest.config.mtls.mode === 'STRICT';
        if (isRefused) countPlainText(socket, latest.config);
        stack = isRefused
          ? refusePlainText(latest.config)
          : inboundHttp(latest.config, latest.authorizer, latest.app, certificateHeader, proxy.onAudit);
      }
      stack(exchange);
    };
    const context = { ...connectionContext(socket, now, peer), clientVersion };
    proxy.track(serveHttp(socket, version, context, service, untrack));
  }

  /** Each stream is a connection of its own, authorized as one. */
  function serveTunnelsOf(socket: TLSSocket, peer: MeshPeer): void {
    serveTunnels(socket, port, proxy, {
      admit() {
        const config = current()?.config;
        if (config === undefined)
          return { status: 503, message: `there is no configuration for port ${port}` };
        if (config.mtls.mode === 'DISABLE')
          return { status: 403, message: 'this workload takes plain text only' };
        if (admitMesh(config, false) === 'bytes') return undefined;
        return { status: 421, message: 'this port is HTTP: it takes a connection of its own' };
      },
      serve(tunnel) {
        const now = current();
        if (now !== undefined) relayBytes(tunnel, socket, now, peer);
      },
    });
  }

  /** `server`: where the application has been dialled already. */
  function serveBytes(
    socket: Socket,
    now: RuntimeInboundPort,
    peer: MeshPeer | undefined,
    server?: EarlyServer,
  ): void {
    relayBytes(new SocketChannel(socket, { isAccepted: true }), socket, now, peer, server);
  }

  /** `socket`: what carries the channel. */
  function relayBytes(
    channel: AcceptedChannel,
    socket: Socket,
    now: RuntimeInboundPort,
    peer: MeshPeer | undefined,
    server?: EarlyServer,
  ): void {
    const view = peerView(socket, peer);
    const context = {
      direction: 'inbound',
      downstreamAddress: addressOf(socket),
      peer: view,
      metrics: bytesMetrics(now, peer),
      log: proxy.log,
      ticker: proxy.ticker,
      idleMs: now.config.idleTimeoutMs ?? DEFAULT_TCP_IDLE_MS,
    } as const;
    const { allowed, detail, audits } = now.authorizer.decide(undefined, view, port);
    if (audits.length > 0) proxy.onAudit({ hits: audits, peer: view });
    if (allowed) return serveTcp(channel, server ?? toCluster(now.app), context);
    server?.cancel();
    const principal = peer && { principal: peer.identity };
    proxy.onConnectionRefused({ reason: 'denied', message: detail, peer: view.address, ...principal });
    refuseTcp(channel, context, 'UAEX', detail);
  }

  function connectionContext(
    socket: Socket,
    now: RuntimeInboundPort,
    peer: MeshPeer | undefined,
  ): ConnectionContext {
    return {
      direction: 'inbound',
      downstreamAddress: addressOf(socket),
      peer: peerView(socket, peer),
      metrics: proxy.metrics.requests({ ...labels(now, peer), protocol: 'http' }),
      log: proxy.log,
      ticker: proxy.ticker,
    };
  }

  /** Resolved once for all streams of a peer. */
  function bytesMetrics(now: RuntimeInboundPort, peer: MeshPeer | undefined): ConnectionMetrics {
    const known = peer && resolved.get(peer);
    if (known?.port === now) return known.metrics;
    const metrics = proxy.metrics.connections({ ...labels(now, peer), protocol: 'tcp' });
    if (peer !== undefined) resolved.set(peer, { port: now, metrics });
    return metrics;
  }

  function labels(
    { config }: RuntimeInboundPort,
    peer: MeshPeer | undefined,
  ): Omit<TrafficLabels, 'protocol'> {
    const workload = proxy.store.current.inbound?.workload;
    const principal = identity?.current?.id.uri;
    return {
      reporter: 'destination',
      ...(peer && {
        source: { principal: peer.identity, ...(peer.workload && { workload: peer.workload }) },
      }),
      destination: { ...(workload && { workload }), ...(principal !== undefined && { principal }) },
      ...(config.service && { service: config.service }),
      security: peer === undefined ? 'none' : 'mutual_tls',
    };
  }

  const untrack = (session: Drainable): void => proxy.untrack(session);

  return {
    accept(socket) {
      const now = current();
      if (now === undefined) return notServed(socket);
      if (!mayServerSpeak(now, socket)) {
        firstBytes(socket, proxy, classify, (kind) => serve(socket, kind));
        return;
      }
      const patience = inboundPatience(proxy.detections.recall('inbound', String(port)));
      const silent = { kind: 'dial', cluster: now.app, afterMs: patience } as const;
      firstSpeaker(socket, silent, proxy, classify, (speaker) => {
        if (speaker.kind === 'client') return serve(socket, speaker.spoken, speaker.server);
        // Told by what ends: there is no application that would answer.
        if (speaker.kind === 'unreachable') return serve(socket, undefined);
        const { server } = speaker;
        const latest = current();
        if (latest !== undefined && latest.app === now.app && mayServerSpeak(latest, socket)) {
          if (server.hasSpoken && latest.config.protocol === 'detect')
            proxy.detections.record('inbound', String(port), 'tcp', 'server');
          return serveBytes(socket, latest, undefined, server);
        }
        // The configuration changed meanwhile: what the application said is not for this client any more.
        server.cancel();
        socket.destroy();
      });
    },
    close: () => meshServer?.close(),
  };

  /** Whether the application may be asked to speak first: in plain text, and only to whom bytes are allowed. */
  function mayServerSpeak({ config, authorizer }: RuntimeInboundPort, socket: Socket): boolean {
    const { protocol, mtls } = config;
    if (mtls.mode === 'STRICT' || (protocol !== 'tcp' && protocol !== 'detect')) return false;
    return authorizer.decide(undefined, peerView(socket, undefined), port).allowed;
  }
}

function peerView(socket: Socket, peer: MeshPeer | undefined): PeerView {
  const address = peerAddress(socket);
  return peer === undefined ? { address } : { address, identity: peer.identity, namespace: peer.namespace };
}

function versionOf(kind: ConnectionKind | undefined): HttpVersion {
  return kind === 'http2' ? 'http2' : 'http1';
}
