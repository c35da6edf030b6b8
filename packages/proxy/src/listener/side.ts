// One side of a proxy, inbound or outbound: its listeners and the connections that they took, drained together.

import type { Drainable } from '../proxy-context.ts';
import type { Listener } from './listener.ts';

export class Side implements AsyncDisposable {
  readonly #listeners: Listener[] = [];
  readonly #tracked = new Set<Drainable>();
  #isTold = false;

  add(listener: Listener): void {
    this.#listeners.push(listener);
  }

  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  /** Connections that are open now, whatever they are. */
  get connections(): number {
    return this.#listeners.reduce((sum, listener) => sum + listener.connections, 0);
  }

  readonly track = (connection: Drainable): void => {
    this.#tracked.add(connection);
    if (this.#isTold) connection.drain();
  };

  readonly untrack = (connection: Drainable): void => {
    this.#tracked.delete(connection);
  };

  /** Asks every client to leave, those that come later too; who connects is served. */
  tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    for (const connection of this.#tracked) connection.drain();
  }

  /** Takes no new connections; resolves when the last one is closed. At `cut` those that are left are destroyed. */
  async drain(cut: AbortSignal): Promise<void> {
    const closed = this.#listeners.map((listener) => listener.close());
    this.tell();
    const destroy = (): void => {
      for (const listener of this.#listeners) listener.destroy();
    };
    cut.addEventListener('abort', destroy);
    if (cut.aborted) destroy();
    await Promise.all(closed);
    cut.removeEventListener('abort', destroy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener[Symbol.asyncDispose]()));
  }
}
