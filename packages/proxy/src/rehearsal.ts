// One connection of bytes to ourselves before the first real one: a handshake, a carrier, a stream, in this process
// and without a port. What a runtime loads and compiles for the first of its kind, some 15 ms on either side, would
// otherwise be waited for by the first client.

import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { createMeshClient } from './identity/mesh-client.ts';
import type { IdentitySource } from './identity/mesh-identity.ts';
import { createMeshServer } from './identity/mesh-server.ts';
import { MESH_ALPN } from './identity/tls-context.ts';
import { serveTunnels } from './inbound/tunnels.ts';
import type { ByteChannel, ByteChannelOwner } from './transport/byte-channel.ts';
import type { Dialer } from './transport/dialer.ts';
import { Ticker } from './transport/ticker.ts';
import { Http2Pool } from './upstream/http2-pool.ts';
import { TunnelPool } from './upstream/tunnel-pool.ts';

/** A machine that is too busy for it goes without. */
const LIMIT_MS = 1_000;
/** Nobody listens there. */
const PORT = 1;

/** Resolves when it is over, whatever came of it: real connections tell what is wrong. */
export async function rehearse(identity: IdentitySource): Promise<void> {
  const { current } = identity;
  if (current === undefined) return;
  const [near, far] = duplexPair() as unknown as [Socket, Socket];
  const ticker = new Ticker();
  const client = createMeshClient(identity);
  const server = createMeshServer(identity, {
    onConnection: (socket) =>
      serveTunnels(
        socket,
        PORT,
        { ticker, track() {}, untrack() {} },
        { admit: () => undefined, serve: (tunnel) => tunnel.start(echo(tunnel)) },
      ),
    onRefused() {},
  });
  const dial: Dialer = (_target, _protocol, _timeoutMs, done) => {
    const options = { to: near, expectedIdentity: current.id.uri, alpn: MESH_ALPN.tunnel };
    client.connect(options, (result) => {
      if (result.kind === 'connected') done({ kind: 'open', socket: result.socket });
      else done({ kind: 'failed', reason: 'tls_error' });
    });
    return () => near.destroy();
  };
  const target = { address: '127.0.0.1', port: PORT, weight: 1, identity: current.id.uri };
  const pool = new TunnelPool(
    new Http2Pool(target, 'tunnel', dial, ticker, LIMIT_MS),
    `${target.address}:${PORT}`,
  );
  server.accept(far);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LIMIT_MS);
    const over = (): void => {
      clearTimeout(timer);
      resolve();
    };
    pool.open((result) => {
      if (result.kind === 'failed') return over();
      result.channel.start(caller(result.channel, over));
      result.channel.write(Buffer.from('hello'));
      result.channel.flush();
    });
  });
  pool.close();
  client.close();
  server.close();
  near.destroy();
  far.destroy();
}

/** Says what it hears. */
function echo(channel: ByteChannel): ByteChannelOwner {
  return {
    onData: (chunk) => channel.write(chunk),
    onFlush: () => channel.flush(),
    onEnd: () => channel.end(),
    onDrain: () => channel.resume(),
    onClose() {},
  };
}

/** Ends when it is answered. */
function caller(channel: ByteChannel, over: () => void): ByteChannelOwner {
  return {
    onData() {
      channel.end();
      return true;
    },
    onFlush() {},
    onEnd() {},
    onDrain() {},
    onClose: over,
  };
}
