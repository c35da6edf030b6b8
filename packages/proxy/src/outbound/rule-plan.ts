// What a rule does with a request: a pure decision, prepared when configuration arrives. The sidecar carries it out
// (rule.ts); `weft explain` tells it, with the share of each step.

import type { Backend, HttpRule } from '@weft/api/proxy-config/types';
import { type CompiledFilters, compileFilters } from '../filters/compile-filters.ts';
import { type RedirectFilter, redirectLocation } from '../filters/redirect/redirect.ts';
import { rewrittenPath } from '../filters/rewrite/rewrite.ts';
import type { RouteMatch } from '../router/route-table.ts';
import { compileWeights } from '../router/weights.ts';
import type { RequestHead } from '../stack/http.ts';

export type RuleStep =
  /** Answered 500 with this text: what cannot be served as written is never sent elsewhere (Gateway API). */
  | { readonly kind: 'invalid'; readonly reason: string; readonly backend?: Backend }
  | { readonly kind: 'redirect'; readonly filter: RedirectFilter }
  | { readonly kind: 'forward'; readonly backend: Backend; readonly filters: CompiledFilters };

export interface RulePlan {
  /** The step for a random number in [0, 1). */
  choose(random: number): RuleStep;
  /** Every step, backends of weight 0 included. `share`: 0–1, of the rule's requests. */
  readonly steps: readonly { readonly step: RuleStep; readonly share: number }[];
}

export function planRule(rule: HttpRule): RulePlan {
  const plain = compileFilters(rule.filters);
  const whole = onlyStep(rule, plain);
  if (whole !== undefined) return { choose: () => whole, steps: [{ step: whole, share: 1 }] };
  const weighted = rule.backends.map((backend) => ({
    weight: backend.weight,
    step: backendStep(rule, backend, plain),
  }));
  const weights = compileWeights(weighted);
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const steps = weighted.map(({ step, weight }) => ({ step, share: total === 0 ? 0 : weight / total }));
  if (total === 0) return { choose: () => NO_BACKEND, steps: [...steps, { step: NO_BACKEND, share: 1 }] };
  return { choose: (random) => weights.choose(random)?.step ?? NO_BACKEND, steps };
}

const NO_BACKEND: RuleStep = { kind: 'invalid', reason: 'the rule has no backend that takes requests' };

/** The step that the rule takes whatever its backends. */
function onlyStep(rule: HttpRule, filters: CompiledFilters): RuleStep | undefined {
  const invalid = rule.invalid ?? filters.invalid;
  if (invalid !== undefined) return { kind: 'invalid', reason: invalid };
  return filters.redirect && { kind: 'redirect', filter: filters.redirect };
}

/** A backend's filters run after the rule's: one compiled list for each backend that has any. */
function backendStep(rule: HttpRule, backend: Backend, plain: CompiledFilters): RuleStep {
  if (backend.invalid !== undefined) return { kind: 'invalid', reason: backend.invalid, backend };
  const filters =
    backend.filters.length === 0 ? plain : compileFilters([...rule.filters, ...backend.filters]);
  if (filters.invalid !== undefined) return { kind: 'invalid', reason: filters.invalid, backend };
  if (filters.redirect !== undefined) return { kind: 'redirect', filter: filters.redirect };
  return { kind: 'forward', backend, filters };
}

/** The scheme by which redirects are made inside the mesh: applications speak plain HTTP to their sidecar. */
const ORIGIN = { scheme: 'http', port: undefined } as const;

export function redirectedTo(filter: RedirectFilter, request: RequestHead, match: RouteMatch): string {
  return redirectLocation(filter, ORIGIN, request, match.prefix);
}

/** Changes the request into the one that the backend gets. */
export function editRequest(request: RequestHead, filters: CompiledFilters, match: RouteMatch): void {
  const { requestHeaders, rewrite } = filters;
  if (requestHeaders !== undefined) request.edits.apply(requestHeaders.drop, requestHeaders.lines);
  if (rewrite === undefined) return;
  request.path = rewrittenPath(rewrite, request.path, match.prefix);
  if (rewrite.hostname !== undefined) {
    request.authority = rewrite.hostname;
    request.isAuthorityReplaced = true;
  }
}
