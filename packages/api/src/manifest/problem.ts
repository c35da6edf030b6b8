// Something wrong with an object, before it is known where the object was written.

import type { FieldPath } from './field-path.ts';

export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly reason: ProblemReason;
  /** One sentence that begins with the field's own name, ending in what to do where that is known. */
  readonly message: string;
  /** Empty: the object as a whole. */
  readonly path: FieldPath;
  /** The position meant is that of the key, not of the value (a field that should not be there). */
  readonly atKey?: boolean;
}

export type ProblemReason =
  | 'InvalidYAML'
  | 'InvalidObject'
  | 'InvalidApiVersion'
  | 'UnknownKind'
  | 'UnsupportedKind'
  | 'RequiredField'
  | 'UnknownField'
  | 'UnsupportedField'
  | 'UnsupportedValue'
  | 'InvalidField'
  | 'AmbiguousYAML'
  | 'Duplicate';
