// Tells the control plane which Pods there are. Always the whole list, the newest only: one request is under way
// at a time, and what changes meanwhile goes into the next one.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from '@weft/api/resource';

const RETRY_MS = 100;

export class PodReporter {
  readonly #send: (pods: readonly Resource[]) => Promise<void>;
  readonly #list: () => readonly Resource[];
  #due = 0;
  #accepted = 0;
  #sending = false;
  #closed = false;
  #refusal: string | undefined;
  #waiting: { readonly version: number; readonly resolve: () => void }[] = [];

  /** `list` is asked when a request is about to go out; `send` rejects where the control plane did not take it. */
  constructor(list: () => readonly Resource[], send: (pods: readonly Resource[]) => Promise<void>) {
    this.#list = list;
    this.#send = send;
  }

  /** Why the control plane did not take the last list; undefined: it did. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Something changed, or the control plane started anew. Resolves when it has accepted a list from now on. */
  report(): Promise<void> {
    const version = ++this.#due;
    const accepted = new Promise<void>((resolve) => this.#waiting.push({ version, resolve }));
    if (!this.#sending && !this.#closed) void this.#sendAll();
    return accepted;
  }

  /** Stops retrying; whoever waits is let go. */
  close(): void {
    this.#closed = true;
    this.#release(Number.POSITIVE_INFINITY);
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    while (this.#accepted < this.#due && !this.#closed) {
      // One turn of the event loop, so that changes that come together go together.
      await sleep(0);
      const version = this.#due;
      try {
        await this.#send(this.#list());
        this.#accepted = version;
        this.#refusal = undefined;
        this.#release(version);
      } catch (error) {
        this.#refusal = (error as Error).message;
        await sleep(RETRY_MS);
      }
    }
    this.#sending = false;
  }

  #release(version: number): void {
    const released = this.#waiting.filter((waiting) => waiting.version <= version);
    this.#waiting = this.#waiting.filter((waiting) => waiting.version > version);
    for (const { resolve } of released) resolve();
  }
}
