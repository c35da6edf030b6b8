// What the proxy has asked for of one type, and which versions it holds: the client's bookkeeping of incremental
// xDS, without a socket.

export class TypeSubscription {
  readonly #names = new Set<string>();
  /** Name to version, of what the sink accepted. */
  readonly #held = new Map<string, string>();
  /** What the server knows of, on the stream that is open, and what it has to be told still. */
  readonly #told = new Set<string>();
  readonly #toSubscribe = new Set<string>();
  readonly #toUnsubscribe = new Set<string>();

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** False where it was asked for already. */
  subscribe(name: string): boolean {
    if (this.#names.has(name)) return false;
    this.#names.add(name);
    // Also where the server knows it still: what is asked for again is sent again, and we have dropped it.
    this.#toUnsubscribe.delete(name);
    this.#toSubscribe.add(name);
    return true;
  }

  /** False where it was not asked for. */
  unsubscribe(name: string): boolean {
    if (!this.#names.delete(name)) return false;
    this.#held.delete(name);
    this.#toSubscribe.delete(name);
    if (this.#told.has(name)) this.#toUnsubscribe.add(name);
    return true;
  }

  isHeld(name: string): boolean {
    return this.#held.has(name);
  }

  hold(name: string, version: string): void {
    this.#held.set(name, version);
  }

  drop(name: string): void {
    this.#held.delete(name);
  }

  /** A new stream begins: the server is told everything. */
  restart(): void {
    this.#told.clear();
    this.#toUnsubscribe.clear();
    for (const name of this.#names) this.#toSubscribe.add(name);
  }

  /** What to tell the server now, or undefined: nothing. Versions are those held of the names in `subscribe`. */
  takeChanges():
    | {
        readonly subscribe: readonly string[];
        readonly unsubscribe: readonly string[];
        readonly versions: ReadonlyMap<string, string>;
      }
    | undefined {
    if (this.#toSubscribe.size === 0 && this.#toUnsubscribe.size === 0) return undefined;
    const subscribe = [...this.#toSubscribe];
    const unsubscribe = [...this.#toUnsubscribe];
    const versions = new Map<string, string>();
    for (const name of subscribe) {
      const version = this.#held.get(name);
      if (version !== undefined) versions.set(name, version);
    }
    for (const name of subscribe) this.#told.add(name);
    for (const name of unsubscribe) this.#told.delete(name);
    this.#toSubscribe.clear();
    this.#toUnsubscribe.clear();
    return { subscribe, unsubscribe, versions };
  }
}
