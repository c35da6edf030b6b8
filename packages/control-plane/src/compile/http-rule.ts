// HttpRoute + the objects that it refers to → HttpRules, and what its author has to be told.

import type { Backend, HttpFilter, HttpRule } from '@weft/api/proxy-config/types';
import type { Finding } from '../model/finding.ts';
import type { BackendReference, HttpRoute, RouteFilter, RouteRule } from '../model/http-route.ts';
import { type Referents, resolveBackend } from './backend.ts';

export interface CompiledHttpRoute {
  readonly kind: 'http';
  readonly rules: readonly HttpRule[];
  /** References that could not be resolved. */
  readonly findings: readonly Finding[];
}

export function compileHttpRoute(route: HttpRoute, referents: Referents): CompiledHttpRoute {
  const findings: Finding[] = [];

  const compileFilters = (filters: readonly RouteFilter[]): HttpFilter[] =>
    filters.flatMap((filter): HttpFilter[] => {
      if (filter.kind !== 'mirror') return [filter];
      const { cluster, finding } = resolveBackend(route, filter.backend, referents);
      if (!finding) return [{ kind: 'mirror', cluster, share: filter.share }];
      // Gateway API: a mirror whose backend cannot be used is not configured; the request itself goes on.
      findings.push(finding);
      return [];
    });

  const compileBackend = (reference: BackendReference): Backend => {
    const { cluster, finding } = resolveBackend(route, reference, referents);
    if (finding) findings.push(finding);
    return {
      cluster,
      weight: reference.weight,
      filters: compileFilters(reference.filters),
      ...(finding && { invalid: finding.message }),
    };
  };

  const compileRule = (rule: RouteRule, index: number): HttpRule => ({
    ref: route.ref,
    index,
    ...(rule.name !== undefined && { name: rule.name }),
    // GEP-1294: nothing is inferred from a route's hostnames in a mesh.
    hostnames: [],
    matches: rule.matches,
    filters: compileFilters(rule.filters),
    backends: rule.backends.map(compileBackend),
    timeouts: rule.timeouts,
    ...(rule.invalid !== undefined && { invalid: rule.invalid }),
  });

  return { kind: 'http', rules: route.rules.map(compileRule), findings };
}
