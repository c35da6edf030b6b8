// The window of a whole connection, for what it receives. Bytes are credited as they come, though a stream may have to
// hold them: each stream's own window bounds that, and one that stalls does not stop the others. Only when all that is
// held together is too much, credit waits until some of it is taken.

import { writeWindowUpdate } from './control-frames.ts';
import { DEFAULT_WINDOW } from './frame.ts';
import type { H2Limits } from './limits.ts';
import type { Output } from './output.ts';

export class ReceiveWindow {
  readonly #output: Output;
  readonly #limits: H2Limits;
  /** What the peer may send. */
  #window = DEFAULT_WINDOW;
  /** What it may send again, and has not been told. */
  #credit = 0;
  #held = 0;
  /** Held, and not credited. */
  #deferred = 0;

  constructor(output: Output, limits: H2Limits) {
    this.#output = output;
    this.#limits = limits;
  }

  /** Makes the window as large as it is to be (RFC 9113 6.9.2: settings do not). */
  open(): void {
    this.credit(this.#limits.connectionWindow - DEFAULT_WINDOW);
    this.#announce();
  }

  /** Bytes of DATA came; false: more than the peer was allowed. */
  take(bytes: number): boolean {
    this.#window -= bytes;
    return this.#window >= 0;
  }

  /** Bytes were passed on, or dropped. */
  credit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit >= this.#limits.connectionWindow / 2) this.#announce();
  }

  #announce(): void {
    if (this.#credit <= 0) return;
    this.#window += this.#credit;
    writeWindowUpdate(this.#output, 0, this.#credit);
    this.#credit = 0;
  }

  /** Bytes are held for a stream that does not take them. */
  hold(bytes: number): void {
    this.#held += bytes;
    if (this.#held > this.#limits.heldBytes) this.#deferred += bytes;
    else this.credit(bytes);
  }

  /** Held bytes were taken, or dropped. */
  release(bytes: number): void {
    this.#held -= bytes;
    const credited = Math.min(bytes, this.#deferred);
    this.#deferred -= credited;
    if (credited > 0) this.credit(credited);
  }
}
