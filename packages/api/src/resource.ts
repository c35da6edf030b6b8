// The envelope of every object that Weft reads, and where it was written. Types only.

export interface ObjectMeta {
  readonly name: string;
  /** 'default' is filled in for namespaced kinds that name none. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  /** RFC 3339; decides ties between routes. In file mode: absent, and the file's order decides. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid?: string;
  }[];
}

export interface Resource<Spec = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: Spec;
  readonly status?: unknown;
  /** Kinds without a spec: `data`, `endpoints`, `ports`, … */
  readonly [key: string]: unknown;
}

/** Where an object was written: lets any later stage say file, line and column of one of its fields. */
export interface ResourceOrigin {
  /** As the user named it, relative to where `weft` runs. */
  readonly file: string;
  /** 1-based line of the document's first key. */
  readonly line: number;
  /** Position of a field by its path (`spec.rules[0].backendRefs[1].port`); of its nearest parent if absent. */
  position(field: string): { readonly line: number; readonly column: number };
}

/** An object that passed its kind's schema, and where it came from (absent: from the API server or the launcher). */
export interface SourcedResource {
  readonly resource: Resource;
  readonly origin?: ResourceOrigin;
}
