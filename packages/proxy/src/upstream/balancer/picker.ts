// The contract of every balancer: a picker is made for one list of endpoints and replaced whole when it changes.

/** What a balancer knows of an endpoint. `active` changes under it: requests (or connections) in flight. */
export interface Balanced {
  readonly weight: number;
  readonly active: number;
}

export interface Picker<E extends Balanced> {
  /** The endpoint for the next request; undefined when there is none to choose (no endpoint of weight > 0). */
  pick(): E | undefined;
}
