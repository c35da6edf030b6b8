// The clock and the dependency recorder that all collections of one mesh share.
//
//   Table (inputs, keyed) ──▶ Grouping (an index) ──▶ Derivation (computed on demand, memoised) ──▶ Derivation …
//
// Whatever a derivation reads is recorded while it runs, so that dependencies cannot be forgotten or declared
// wrongly. Nothing is pushed: a change only stamps what it touched with the new revision, and a derivation checks
// the stamps of what it read when somebody asks for it. Its own stamp moves only when its result differs.

/** Something with keys whose values change at revisions. */
export interface Node {
  /** The revision at which the value of `key` last changed; brings it up to date first. */
  changedAt(key: string): number;
}

export interface Dependency {
  readonly node: Node;
  readonly key: string;
}

export class Graph {
  #revision = 1;
  #recording: Dependency[] | undefined;

  /** Counts the changes; everything stamped with a later one than was seen has to be looked at again. */
  get revision(): number {
    return this.#revision;
  }

  /** Begins a change: what is written from now on carries a new stamp. */
  advance(): void {
    if (this.#recording) throw new Error('a derivation must not write to a table');
    this.#revision++;
  }

  /** Notes that the derivation now running (if any) has read `key` of `node`. */
  read(node: Node, key: string): void {
    this.#recording?.push({ node, key });
  }

  /** For reads that cannot be recorded, such as walking a whole table. */
  forbidInDerivation(what: string): void {
    if (this.#recording) throw new Error(`a derivation must not ${what}: the dependency cannot be recorded`);
  }

  /** Runs `compute` and returns its result with everything that it read. */
  record<V>(compute: () => V): { readonly value: V; readonly dependencies: readonly Dependency[] } {
    const outer = this.#recording;
    const dependencies: Dependency[] = [];
    this.#recording = dependencies;
    try {
      return { value: compute(), dependencies };
    } finally {
      this.#recording = outer;
    }
  }
}
