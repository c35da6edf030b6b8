// Connections to one port of the workload: authenticate, authorize, then the application.
//
//   accept ─▶ classify ─▶ mesh mTLS ─▶ peer ─┐
//                      ─▶ plain text ────────┴▶ HTTP: a session │ else: authorize once, relay bytes

import type { Socket } from 'node:net';
import type { InboundPort } from '@weft/api/proxy-config/types';
import type { RuntimeInboundPort } from '../config/runtime.ts';
import type { IdentitySource } from '../identity/mesh-identity.ts';
import type { MeshPeer } from '../identity/mesh-peer.ts';
import { createMeshServer, type MeshServer } from '../identity/mesh-server.ts';
import { MESH_ALPN } from '../identity/tls-context.ts';
import { firstBytes } from '../listener/first-bytes.ts';
import { firstSpeaker } from '../listener/first-speaker.ts';
import type { ConnectionHandler } from '../listener/listener.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { ConnectionContext, HttpService } from '../stack/exchange.ts';
import { HttpSession } from '../stack/http-session.ts';
import type { PeerView } from '../stack/request-view.ts';
import { DEFAULT_TCP_IDLE_MS, type Dialled, refuseTcp, serveTcp } from '../stack/tcp-session.ts';
import type { TrafficLabels } from '../telemetry/traffic.ts';
import { abort } from '../transport/abort.ts';
import { addressOf, peerAddress } from '../transport/address.ts';
import { admitMesh, admitPlainText } from './admission.ts';
import { type ConnectionKind, classify } from './classify.ts';
import { inboundHttp, refusePlainText } from './http.ts';
import { certificateHeaderOf } from './sanitise.ts';

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
      onConnection: (socket, peer, alpn) => {
        const now = current();
        if (now === undefined) notServed(socket);
        else if (admitMesh(now.config, alpn === MESH_ALPN.http1) === 'http') serveHttp(socket, now, peer);
        else serveBytes(socket, now, peer);
      },
      onRefused: ({ reason, message }, address) =>
        proxy.onConnectionRefused({ reason, message, peer: address }),
    });

  function current(): RuntimeInboundPort | undefined {
    return proxy.store.current.inbound?.ports.get(port);
  }

  /** By the configuration of this moment: the client may have been silent for long. */
  function serve(socket: Socket, kind: ConnectionKind | undefined): void {
    if (socket.destroyed) return;
    const now = current();
    if (now === undefined) return notServed(socket);
    if (kind === 'mesh' && meshServer !== undefined) return serveMesh(socket, now.config, meshServer);
    switch (admitPlainText(now.config, kind)) {
      case 'http':
        return serveHttp(socket, now, undefined);
      case 'bytes':
        return serveBytes(socket, now, undefined);
      case 'refused':
        return refuse(socket, now.config);
      case 'gone':
        socket.destroy();
    }
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

  function serveHttp(socket: Socket, now: RuntimeInboundPort, peer: MeshPeer | undefined): void {
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
    proxy.track(new HttpSession(socket, connectionContext(socket, now, peer), service, untrack));
  }

  /** `dialled`: where the application has spoken already. */
  function serveBytes(
    socket: Socket,
    now: RuntimeInboundPort,
    peer: MeshPeer | undefined,
    dialled?: Dialled,
  ): void {
    const view = peerView(socket, peer);
    const context = {
      direction: 'inbound',
      downstreamAddress: addressOf(socket),
      peer: view,
      metrics: proxy.metrics.connections({ ...labels(now, peer), protocol: 'tcp' }),
      log: proxy.log,
      ticker: proxy.ticker,
      dial: proxy.dial,
      idleMs: DEFAULT_TCP_IDLE_MS,
    } as const;
    const { allowed, detail, audits } = now.authorizer.decide(undefined, view, port);
    if (audits.length > 0) proxy.onAudit({ hits: audits, peer: view });
    if (!allowed) {
      const principal = peer && { principal: peer.identity };
      proxy.onConnectionRefused({ reason: 'denied', message: detail, peer: view.address, ...principal });
      dialled?.socket.destroy();
      refuseTcp(socket, context, 'UAEX', detail);
      return;
    }
    serveTcp(socket, now.app, context, dialled);
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

  const untrack = (session: HttpSession): void => proxy.untrack(session);

  return {
    accept(socket) {
      const now = current();
      if (now === undefined) return notServed(socket);
      if (!mayServerSpeak(now, socket)) {
        firstBytes(socket, proxy, classify, (kind) => serve(socket, kind));
        return;
      }
      firstSpeaker(socket, now.app, proxy, classify, (speaker) => {
        if (speaker.kind === 'client') return serve(socket, speaker.spoken);
        const latest = current();
        if (latest !== undefined && latest.app === now.app && mayServerSpeak(latest, socket))
          return serveBytes(socket, latest, undefined, speaker);
        // The configuration changed meanwhile: what the application said is not for this client any more.
        speaker.socket.destroy();
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
