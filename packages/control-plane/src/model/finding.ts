// Something to tell the user about one of their objects: it becomes a condition in its status and a diagnostic.

/** The conditions that Weft sets; all are True unless a finding turns one to False. */
export type ConditionType = 'Accepted' | 'ResolvedRefs' | 'Programmed';

export interface Finding {
  /** The condition that it turns to False; absent: it changes none. */
  readonly condition?: ConditionType;
  /** Default: `error` with a condition, else `warning`. */
  readonly severity?: 'error';
  /** CamelCase, from the Gateway API or GEP-713 where they name one: `BackendNotFound`, `Conflicted` … */
  readonly reason: string;
  /** One sentence, ending in what to do where that is known. */
  readonly message: string;
  /** `spec.rules[0].backendRefs[1].port` */
  readonly field?: string;
}
