// Channels of bytes to one endpoint: a connection each, or a stream of a pooled one where the endpoint is a sidecar.

import type { ByteChannel } from '../transport/byte-channel.ts';
import type { Dialer, DialTarget } from '../transport/dialer.ts';
import { SocketChannel } from '../transport/socket-channel.ts';
import type { Ticker } from '../transport/ticker.ts';
import { BulkMemory } from './bulk-memory.ts';
import { Http2Pool } from './http2-pool.ts';
import { TunnelPool } from './tunnel-pool.ts';

export type ChannelResult =
  | { readonly kind: 'open'; readonly channel: ByteChannel }
  /** `refusal`: the status by which a sidecar said no. */
  | { readonly kind: 'failed'; readonly reason: string; readonly refusal?: number };

/** Where a connection of its own has paid: a handshake costs what some megabytes cost to frame (decision 0017). */
const PAYS_BYTES = 2_097_152;

export class ChannelPool {
  readonly #target: DialTarget;
  readonly #dial: Dialer;
  readonly #ticker: Ticker;
  readonly #connectTimeoutMs: number;
  /** Told of what the channels have carried. */
  readonly bulk = new BulkMemory(PAYS_BYTES, 1 / 4);
  #tunnels: TunnelPool | undefined;
  /** The sidecar takes the port for HTTP, and wants to see it (421). */
  #takesNoTunnels = false;

  constructor(target: DialTarget, dial: Dialer, ticker: Ticker, connectTimeoutMs: number) {
    this.#target = target;
    this.#dial = dial;
    this.#ticker = ticker;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /**
   * `done` is called once. The answer cancels: `done` is not called after it. `isTls`: what will be carried is TLS
   * already, and is not encrypted once more for an endpoint outside the mesh.
   */
  open(done: (result: ChannelResult) => void, isTls = false): () => void {
    if (this.#target.identity === undefined || this.#takesNoTunnels || this.bulk.isBulky)
      return this.#connect(done, isTls);
    let cancel = (): void => {};
    let isSettled = false;
    const stop = this.#tunnelPool().open((result) => {
      isSettled = true;
      if (result.kind === 'failed' && result.refusal === 421) {
        this.#takesNoTunnels = true;
        cancel = this.#connect(done);
      } else done(result);
    });
    if (!isSettled) cancel = stop;
    return () => cancel();
  }

  #connect(done: (result: ChannelResult) => void, isTls = false): () => void {
    const { tls, ...bare } = this.#target;
    // A policy that can not be used lets nothing through.
    const target = isTls && tls?.invalid === undefined ? bare : this.#target;
    return this.#dial(target, 'tcp', this.#connectTimeoutMs, (result) => {
      if (result.kind === 'failed') done(result);
      else done({ kind: 'open', channel: new SocketChannel(result.socket) });
    });
  }

  #tunnelPool(): TunnelPool {
    if (this.#tunnels === undefined) {
      const { address, port } = this.#target;
      const authority = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
      const streams = new Http2Pool(this.#target, 'tunnel', this.#dial, this.#ticker, this.#connectTimeoutMs);
      this.#tunnels = new TunnelPool(streams, authority);
    }
    return this.#tunnels;
  }

  /** Open connections that carry tunnels. */
  get tunnels(): number {
    return this.#tunnels?.size ?? 0;
  }

  close(): void {
    this.#tunnels?.close();
  }
}
