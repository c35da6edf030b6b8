// An index over a table: the values that belong to a group, kept up to date as the table changes.

import type { Graph, Node } from './graph.ts';
import { Stamps } from './stamps.ts';
import type { Table } from './table.ts';

export class Grouping<V> implements Node {
  readonly #graph: Graph;
  readonly #groups = new Map<string, Map<string, V>>();
  /** Members by key, made when asked for. */
  readonly #sorted = new Map<string, readonly V[]>();
  readonly #stamps = new Stamps();

  /** `groupsOf` names the groups of a value; it has to be pure. */
  constructor(graph: Graph, table: Table<V>, groupsOf: (value: V) => Iterable<string>) {
    this.#graph = graph;
    table.onSet((key, before, after) => {
      if (before !== undefined) for (const name of groupsOf(before)) this.#remove(name, key);
      if (after !== undefined) for (const name of groupsOf(after)) this.#add(name, key, after);
    });
  }

  /** Members in the order of their keys; the same array until the group changes. */
  get(name: string): readonly V[] {
    this.#graph.read(this, name);
    const known = this.#sorted.get(name);
    if (known) return known;
    const members = this.#groups.get(name);
    if (!members) return [];
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    this.#sorted.set(name, sorted);
    return sorted;
  }

  changedAt(name: string): number {
    return this.#stamps.of(name);
  }

  #add(name: string, key: string, value: V): void {
    const members = this.#groups.get(name);
    if (members) members.set(key, value);
    else this.#groups.set(name, new Map([[key, value]]));
    this.#touch(name);
  }

  #remove(name: string, key: string): void {
    const members = this.#groups.get(name);
    if (members?.delete(key) && members.size === 0) this.#groups.delete(name);
    this.#touch(name);
  }

  #touch(name: string): void {
    this.#sorted.delete(name);
    this.#stamps.set(name, this.#graph.revision, this.#groups);
  }
}
