// The filters of a rule, or of a rule and one of its backends, sorted into what the data path does with them.
// Made when configuration arrives; a filter that is not there costs a request nothing.

import type { HttpFilter } from '@weft/api/proxy-config/types';
import { type CompiledHeaderEdit, compileHeaderEdits } from './header-edit/header-edit.ts';
import type { MirrorFilter } from './mirror/mirror.ts';
import type { RedirectFilter } from './redirect/redirect.ts';
import type { RewriteFilter } from './rewrite/rewrite.ts';

export interface CompiledFilters {
  /** Text of a filter that could not be compiled: the request is answered 500 with it. */
  readonly invalid: string | undefined;
  /** Answers the request; nothing else of the rule counts then. */
  readonly redirect: RedirectFilter | undefined;
  readonly rewrite: RewriteFilter | undefined;
  readonly requestHeaders: CompiledHeaderEdit | undefined;
  readonly responseHeaders: CompiledHeaderEdit | undefined;
  readonly mirrors: readonly MirrorFilter[];
}

/** `filters`: those of the rule, followed by those of the backend. Of two redirects or rewrites the last counts. */
export function compileFilters(filters: readonly HttpFilter[]): CompiledFilters {
  return {
    invalid: ofKind(filters, 'invalid')[0]?.reason,
    redirect: ofKind(filters, 'redirect').at(-1),
    rewrite: ofKind(filters, 'rewrite').at(-1),
    requestHeaders: compileHeaderEdits(ofKind(filters, 'request-headers').map(({ edit }) => edit)),
    responseHeaders: compileHeaderEdits(ofKind(filters, 'response-headers').map(({ edit }) => edit)),
    mirrors: ofKind(filters, 'mirror'),
  };
}

function ofKind<K extends HttpFilter['kind']>(
  filters: readonly HttpFilter[],
  kind: K,
): readonly Extract<HttpFilter, { kind: K }>[] {
  return filters.filter((filter): filter is Extract<HttpFilter, { kind: K }> => filter.kind === kind);
}
