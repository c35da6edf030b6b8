// What a route names: the Services that it is attached to, and the backends that it sends to.

/** A Service that the route attaches to. Its namespace tells a producer route (the same) from a consumer route. */
export interface RouteParent {
  /** Index in `spec.parentRefs`. */
  readonly index: number;
  readonly namespace: string;
  readonly name: string;
  /** Only this port; absent: all of them. */
  readonly port?: number;
  /** Only the port of this name. */
  readonly sectionName?: string;
}

/** A reference as written: it may name what does not exist, or what must not be referred to. */
export interface ObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly port?: number;
  /** Path of the reference in its object, for findings. */
  readonly field: string;
}

export interface WeightedReference extends ObjectReference {
  readonly weight: number;
}
