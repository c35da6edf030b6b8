// Bytes both ways, whatever carries them: a socket, or a stream of a pooled connection between sidecars.

import type { ResponseFlag } from '@weft/common/response-flag';

/** What a channel tells whoever relays it. */
export interface ByteChannelOwner {
  /** `chunk` is valid during the call only. false: no more until `resume`. */
  onData(chunk: Buffer): boolean;
  /** No more in this turn of the event loop: what was gathered may be sent. */
  onFlush(): void;
  /** The other end will send nothing more, and still reads. */
  onEnd(): void;
  /** Bytes are taken again. */
  onDrain(): void;
  /** Once, after which nothing else is called. `isReset`: what came may not be all. */
  onClose(isReset: boolean): void;
}

export interface ByteChannel {
  /** Begins delivery; nothing is lost that came before. What is over already is told during the call. */
  start(owner: ByteChannelOwner): void;
  /** false: wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  flush(): void;
  /** Says that nothing more follows (half-close). */
  end(): void;
  resume(): void;
  /** Ends both ways; what was written is still delivered. `onClose` follows. */
  close(): void;
  /** Ends both ways so that the other end notices that something is missing. `onClose` follows. */
  abort(): void;
}

/** A channel that a client has opened, and that waits for what serves it. */
export interface AcceptedChannel extends ByteChannel {
  /** Calls back if the client is gone before `start`. */
  whenLost(listener: () => void): void;
  /** Instead of `start`: ends it, with the reason where the carrier has words for one. */
  refuse(flag: ResponseFlag, details: string): void;
}
