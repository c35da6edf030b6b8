// A channel that is listened to before anyone is there to relay it: what it says first is kept, and told first.

import type { ByteChannel, ByteChannelOwner } from './byte-channel.ts';
import { retain } from './shared-read.ts';

export class HeldChannel implements ByteChannel, ByteChannelOwner {
  /** Whether any bytes came. */
  hasSpoken = false;
  readonly #channel: ByteChannel;
  #onFirst: () => void = () => {};
  #owner: ByteChannelOwner | undefined;
  #held: Buffer | undefined;
  #hasEnded = false;
  #isClosed = false;
  #isReset = false;
  #isTold = false;
  /** `start` came during `onData`, whose answer says then whether bytes go on. */
  #isInData = false;
  #isPaused = false;

  constructor(channel: ByteChannel) {
    this.#channel = channel;
  }

  /** `onFirst` is called with the first bytes, the end, or the close, whatever is first. `start` may come during it. */
  listen(onFirst: () => void): void {
    this.#onFirst = onFirst;
    this.#channel.start(this);
  }

  start(owner: ByteChannelOwner): void {
    this.#owner = owner;
    const held = this.#held;
    this.#held = undefined;
    let isPaused = false;
    if (held !== undefined) {
      isPaused = !owner.onData(held);
      owner.onFlush();
    }
    if (this.#hasEnded) owner.onEnd();
    if (this.#isClosed) owner.onClose(this.#isReset);
    else if (this.#isInData) this.#isPaused = isPaused;
    else if (held !== undefined && !isPaused) this.#channel.resume();
  }

  onData(chunk: Buffer): boolean {
    if (this.#owner !== undefined) return this.#owner.onData(chunk);
    // One chunk is enough to know: the rest waits where it is.
    this.hasSpoken = true;
    const kept = retain(chunk);
    this.#held = this.#held === undefined ? kept : Buffer.concat([this.#held, kept]);
    this.#isPaused = true;
    this.#isInData = true;
    this.#tellFirst();
    this.#isInData = false;
    return !this.#isPaused;
  }

  onFlush(): void {
    this.#owner?.onFlush();
  }

  onEnd(): void {
    this.#hasEnded = true;
    if (this.#owner !== undefined) this.#owner.onEnd();
    else this.#tellFirst();
  }

  onDrain(): void {
    this.#owner?.onDrain();
  }

  onClose(isReset: boolean): void {
    this.#isClosed = true;
    this.#isReset = isReset;
    if (this.#owner !== undefined) this.#owner.onClose(isReset);
    else this.#tellFirst();
  }

  write(chunk: Buffer): boolean {
    return this.#channel.write(chunk);
  }

  flush(): void {
    this.#channel.flush();
  }

  end(): void {
    this.#channel.end();
  }

  resume(): void {
    this.#channel.resume();
  }

  close(): void {
    this.#channel.close();
  }

  abort(): void {
    this.#channel.abort();
  }

  #tellFirst(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#onFirst();
  }
}
