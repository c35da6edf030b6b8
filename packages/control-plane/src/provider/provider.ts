// The contract of a provider: it watches where users write and hands over everything that can be read.

import type { Diagnostic } from '@weft/api/control-plane-api';
import type { SourcedResource } from '@weft/api/resource';

/** All objects now. An object that did not change is the same reference as in the set before. */
export interface ResourceSet {
  readonly resources: readonly SourcedResource[];
  /** What could not be read; for such a document the last good version stays in `resources`. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * Objects that could not be read and have no last good version, as written: only kind and metadata are sure. What
   * they apply to has to be served closed. Each has its errors in `diagnostics`, under its object reference.
   */
  readonly unreadable?: readonly SourcedResource[];
}

export interface Provider extends AsyncDisposable {
  readonly kind: 'file' | 'kubernetes';
  /** What is watched, in words: a folder or an API server. */
  readonly source: string;
  /** Resolves when the first whole set is there; rejects with a message for the user when it cannot be had. */
  readonly ready: Promise<void>;
  readonly current: ResourceSet;
  /** Called after each change, with the new set. Returns the way to stop. */
  onChange(listener: (set: ResourceSet) => void): () => void;
}
