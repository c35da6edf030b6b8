// A server that is dialled before its client has said a word: it may be the one that speaks first.

import {
  type ChannelSource,
  type NoChannel,
  type OpenedChannel,
  openChannel,
} from '../stack/open-channel.ts';
import { HeldChannel } from '../transport/held-channel.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';

export interface EarlyServerListener {
  /** It speaks, or has ended without a word. `open` gives the channel at once. */
  onServer(): void;
  onUnreachable(reason: NoChannel): void;
}

/** Whoever has it calls `open`, once, or `cancel`. */
export class EarlyServer implements ChannelSource {
  readonly cluster: UpstreamCluster;
  readonly #listener: EarlyServerListener;
  #cancel: (() => void) | undefined;
  #opened: OpenedChannel | undefined;
  #held: HeldChannel | undefined;
  #hasFailed = false;
  /** Who has asked for the channel while it was being opened. */
  #taker: ((result: OpenedChannel | NoChannel) => void) | undefined;

  constructor(cluster: UpstreamCluster, listener: EarlyServerListener) {
    this.cluster = cluster;
    this.#listener = listener;
  }

  dial(): void {
    let isSettled = false;
    const cancel = openChannel(this.cluster, (result) => {
      isSettled = true;
      this.#cancel = undefined;
      if (this.#taker !== undefined) return this.#taker(result);
      if (result.kind === 'refused') {
        this.#hasFailed = true;
        this.#listener.onUnreachable(result);
        return;
      }
      const held = new HeldChannel(result.channel);
      this.#held = held;
      this.#opened = { ...result, channel: held };
      held.listen(() => this.#listener.onServer());
    });
    if (!isSettled) this.#cancel = cancel;
  }

  /** Whether it has said anything. */
  get hasSpoken(): boolean {
    return this.#held?.hasSpoken ?? false;
  }

  open(done: (result: OpenedChannel | NoChannel) => void): () => void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) {
      done(opened);
      return () => {};
    }
    // What could not be reached then may be there by now.
    if (this.#hasFailed) return openChannel(this.cluster, done);
    this.#taker = done;
    return () => this.cancel();
  }

  /** Nothing is wanted of it. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    opened.endpoint.active--;
    // A reset: a proxy on the other side need not take an end without a word for a message.
    opened.channel.abort();
  }
}
