// What Weft knows about a kind. Types only; registry.ts is the table.

import type { z } from 'zod';

export interface Kind {
  /** '' for the core group. */
  readonly group: string;
  /** The version that Weft writes and expects. */
  readonly version: string;
  /** Versions that are the same in all that Weft reads. */
  readonly alsoVersions?: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /**
   * `strict`: a field that the schema does not name is an error (own kinds, Gateway API). `loose`: it is kept
   * and ignored (Kubernetes kinds carry much that is no business of a mesh).
   */
  readonly strictness: 'strict' | 'loose';
  readonly schema: z.ZodObject;
}

/** An own kind: its CRD is made from the schema too. */
export interface OwnKind extends Kind {
  readonly strictness: 'strict';
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** One sentence for the reference and the CRD. */
  readonly description: string;
  /** `mesh`: conditions directly in its status. `policy`: conditions for each ancestor (GEP-713). */
  readonly status: 'policy' | 'mesh';
  /** There is one, named `default`. */
  readonly isSingleton?: boolean;
  /** Columns of `kubectl get`, besides name and age. */
  readonly columns: readonly { readonly name: string; readonly type: 'string'; readonly jsonPath: string }[];
}

/** A kind of the Gateway API that Weft does not serve yet: it is reported, never silently ignored. */
export interface UnsupportedKind {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** `error` where leaving it out would send traffic elsewhere than its author said. */
  readonly severity: 'error' | 'warning';
}
