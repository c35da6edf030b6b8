// A connection of another sidecar whose streams are TCP connections to our port: each is CONNECT (RFC 9113 8.5).

import type { TLSSocket } from 'node:tls';
import { H2ServerConnection, type H2ServerOwner } from '../codec/h2/server-connection.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { DownstreamStream } from '../stack/http.ts';
import type { Watcher } from '../transport/ticker.ts';
import { TUNNEL_SERVER_LIMITS } from '../upstream/tunnel-limits.ts';
import { AcceptedTunnel } from './accepted-tunnel.ts';

/** What a stream is answered before it becomes a connection; undefined: it becomes one. */
export type TunnelRefusal = { readonly status: number; readonly message: string } | undefined;

export interface TunnelOwner {
  admit(): TunnelRefusal;
  serve(tunnel: AcceptedTunnel): void;
}

/** `port`: ours, the one that every stream has to name. */
export function serveTunnels(
  socket: TLSSocket,
  port: number,
  proxy: Pick<ProxyContext, 'ticker' | 'track' | 'untrack'>,
  owner: TunnelOwner,
): void {
  const ports = new Set([port, socket.localPort]);
  const handlers: H2ServerOwner = {
    onRequest(stream) {
      const refusal = refusalOf(stream, ports) ?? owner.admit();
      if (refusal === undefined) owner.serve(new AcceptedTunnel(stream));
      else stream.reply(refusal.status, [], refusal.message);
    },
    onRefused() {},
    onClose() {
      proxy.ticker.unwatch(watcher);
      proxy.untrack(connection);
    },
  };
  const connection = new H2ServerConnection(socket, handlers, TUNNEL_SERVER_LIMITS);
  const watcher: Watcher = { onTick: (tick) => connection.onTick(tick) };
  proxy.ticker.watch(watcher);
  proxy.track(connection);
}

/** A tunnel goes nowhere but to our application: neither to other ports, nor on to others. */
function refusalOf({ request }: DownstreamStream, ports: ReadonlySet<number | undefined>): TunnelRefusal {
  const { method, upgrade, target } = request;
  if (method !== 'CONNECT' || upgrade !== undefined)
    return { status: 405, message: 'a tunnel takes CONNECT only' };
  const port = Number(/:(\d{1,5})$/.exec(target)?.[1] ?? Number.NaN);
  if (ports.has(port)) return undefined;
  return { status: 400, message: `this is port ${[...ports].join(' or ')}, not ${target}` };
}
