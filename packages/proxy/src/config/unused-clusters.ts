// Clusters that no destination names any more: they are kept for a while, since what a route leaves today it may lead
// to again in a minute (a canary, a roll-back), and then let go.

export class UnusedClusters {
  readonly #graceMs: number;
  /** When the cluster was last seen to be unused for the first time, by a monotonic clock. */
  readonly #since = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** After each change: all clusters that are held, and those that are named. `onDue` is called when some can go. */
  update(held: Iterable<string>, named: ReadonlySet<string>, onDue: () => void): void {
    const now = performance.now();
    const unused = new Set([...held].filter((name) => !named.has(name)));
    for (const name of this.#since.keys()) if (!unused.has(name)) this.#since.delete(name);
    for (const name of unused) if (!this.#since.has(name)) this.#since.set(name, now);
    if (this.#timer !== undefined || this.#since.size === 0) return;
    const [oldest = now] = this.#since.values();
    const wait = Math.max(0, oldest + this.#graceMs - now);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      onDue();
    }, wait).unref();
  }

  /** Those that were unused for the whole time of grace; they are forgotten here. */
  takeDue(): readonly string[] {
    const limit = performance.now() - this.#graceMs;
    const due = [...this.#since].filter(([, since]) => since <= limit).map(([name]) => name);
    for (const name of due) this.#since.delete(name);
    return due;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#since.clear();
  }
}
