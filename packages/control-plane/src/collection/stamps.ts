// The revision at which each key of a table or grouping last changed.

/** Stamps of so many keys that are gone are always kept. */
const FEW = 1024;

export class Stamps {
  readonly #stamps = new Map<string, number>();
  /** The stamp of every key that has none of its own. */
  #others = 0;

  of(key: string): number {
    return this.#stamps.get(key) ?? this.#others;
  }

  /**
   * Names of Pods never come back, so the stamps of what is gone would grow for ever: once they are the most they are
   * dropped, and whoever depended on one of those keys looks again. `present`: the keys that are not gone.
   */
  set(key: string, revision: number, present: ReadonlyMap<string, unknown>): void {
    this.#stamps.set(key, revision);
    if (this.#stamps.size <= 2 * present.size + FEW) return;
    for (const stamped of this.#stamps.keys()) if (!present.has(stamped)) this.#stamps.delete(stamped);
    this.#others = revision;
  }
}
