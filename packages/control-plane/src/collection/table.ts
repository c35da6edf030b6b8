// A keyed set of inputs, written by ingest and read by derivations.

import { equal } from './equal.ts';
import type { Graph, Node } from './graph.ts';
import { Stamps } from './stamps.ts';

/** What a grouping has to hear of. */
type Listener<V> = (key: string, before: V | undefined, after: V | undefined) => void;

export class Table<V> implements Node {
  readonly #graph: Graph;
  readonly #values = new Map<string, V>();
  readonly #stamps = new Stamps();
  readonly #listeners: Listener<V>[] = [];

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    this.#graph.read(this, key);
    return this.#values.get(key);
  }

  changedAt(key: string): number {
    return this.#stamps.of(key);
  }

  /** Not for derivations. */
  values(): Iterable<V> {
    this.#graph.forbidInDerivation('walk a table');
    return this.#values.values();
  }

  /**
   * Writes or, with undefined, deletes; after Graph.advance() and before anything is read again. Silent when the
   * value is equal to the one before.
   */
  set(key: string, value: V | undefined): void {
    const before = this.#values.get(key);
    if (equal(before, value)) return;
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    this.#stamps.set(key, this.#graph.revision, this.#values);
    for (const listener of this.#listeners) listener(key, before, value);
  }

  onSet(listener: Listener<V>): void {
    this.#listeners.push(listener);
  }
}
