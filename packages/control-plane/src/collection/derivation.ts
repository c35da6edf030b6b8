// A named pure function from a key to a value, computed when asked for and again only when what it read changed.

import { equal } from './equal.ts';
import type { Dependency, Graph, Node } from './graph.ts';

interface Memo<V> {
  readonly value: V;
  /** Every value that was read, in order. */
  readonly dependencies: readonly Dependency[];
  /** When the value last differed from the one before. */
  readonly changedAt: number;
  /** Up to which revision the value is known to hold. */
  checkedAt: number;
}

/** A memo that nobody asked for in so many changes is dropped: names can be asked for that never existed. */
const FORGET_AFTER = 256;

export class Derivation<V> implements Node {
  readonly name: string;
  readonly #graph: Graph;
  readonly #compute: (key: string) => V;
  readonly #memos = new Map<string, Memo<V>>();
  readonly #running = new Set<string>();
  #sweptAt = 0;
  #computations = 0;

  constructor(graph: Graph, name: string, compute: (key: string) => V) {
    this.#graph = graph;
    this.name = name;
    this.#compute = compute;
  }

  /** How often the function has run, for tests and metrics. */
  get computations(): number {
    return this.#computations;
  }

  /** The same reference as before when the value is equal. */
  get(key: string): V {
    this.#graph.read(this, key);
    return this.#refresh(key).value;
  }

  changedAt(key: string): number {
    return this.#refresh(key).changedAt;
  }

  #refresh(key: string): Memo<V> {
    const memo = this.#memos.get(key);
    const now = this.#graph.revision;
    if (memo?.checkedAt === now) return memo;
    if (memo && !this.#touched(memo)) {
      memo.checkedAt = now;
      return memo;
    }
    if (this.#running.has(key)) throw new Error(`derivation ${this.name} of ${key} depends on itself`);
    this.#running.add(key);
    try {
      this.#computations++;
      const { value, dependencies } = this.#graph.record(() => this.#compute(key));
      const same = memo !== undefined && equal(memo.value, value);
      const next: Memo<V> = {
        value: same ? memo.value : value,
        dependencies,
        changedAt: same ? memo.changedAt : now,
        checkedAt: now,
      };
      this.#memos.set(key, next);
      this.#sweep(now);
      return next;
    } finally {
      this.#running.delete(key);
    }
  }

  // In order and stopping at the first that changed: a later read may have depended on the outcome of an earlier
  // one, and bringing it up to date could then be work for nothing.
  #touched(memo: Memo<V>): boolean {
    return memo.dependencies.some(({ node, key }) => node.changedAt(key) > memo.checkedAt);
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < FORGET_AFTER) return;
    this.#sweptAt = now;
    for (const [key, memo] of this.#memos) {
      if (now - memo.checkedAt >= FORGET_AFTER) this.#memos.delete(key);
    }
  }
}
