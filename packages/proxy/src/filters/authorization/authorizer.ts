// Decides whether a request or connection may reach a port: DENY first, then ALLOW where there is any, AUDIT only
// reported. A pure function of policies, request and peer, the same in the sidecar and in `weft explain`.

import type { AuthorizationRuleSet, ObjectRef } from '@weft/api/proxy-config/types';
import type { PeerView, RequestView } from '../../stack/request-view.ts';
import { type AuthorizationTrace, traceAuthorization } from './authorization-trace.ts';
import { compileRule } from './rule.ts';
import { type RankedRule, RuleIndex } from './rule-index.ts';
import {
  type AuditHit,
  invalidVerdict,
  matchedVerdict,
  NO_POLICY,
  noneAllowsVerdict,
  type Verdict,
  withAudits,
} from './verdict.ts';

export interface Authorizer {
  /** No policy at all: everything is allowed, and need not be asked. */
  readonly isEmpty: boolean;
  /**
   * Decides for one request, or with `view` undefined for a connection that is not HTTP. `port` is the workload's
   * port that was called. Allocates nothing unless an AUDIT policy matches.
   */
  decide(view: RequestView | undefined, peer: PeerView, port: number): Verdict;
  /** What `decide` answers, and what every policy and rule had to say. */
  explain(view: RequestView | undefined, peer: PeerView, port: number): AuthorizationTrace;
}

/** Throws on patterns and ranges that were not decoded. */
export function compileAuthorization(sets: readonly AuthorizationRuleSet[]): Authorizer {
  const invalid = sets.find((set) => set.invalid !== undefined);
  const denyAll = invalid && invalidVerdict(invalid);
  const deny = new RuleIndex(rankedRules(sets, 'DENY'));
  const allow = new RuleIndex(rankedRules(sets, 'ALLOW'));
  const audits = sets
    .filter(({ action }) => action === 'AUDIT')
    .map((set) => new RuleIndex(rankedRules([set], 'AUDIT')));
  const allowRefs = refsOf(sets, 'ALLOW');
  const otherwise = allowRefs.length === 0 ? NO_POLICY : noneAllowsVerdict(allowRefs);

  function enforce(view: RequestView | undefined, peer: PeerView, port: number): Verdict {
    if (denyAll !== undefined) return denyAll;
    return deny.first(view, peer, port) ?? allow.first(view, peer, port) ?? otherwise;
  }

  function decide(view: RequestView | undefined, peer: PeerView, port: number): Verdict {
    const verdict = enforce(view, peer, port);
    if (audits.length === 0) return verdict;
    const hits: AuditHit[] = [];
    for (const index of audits) {
      const hit = index.first(view, peer, port);
      if (hit?.ref !== undefined && hit.rule !== undefined) hits.push({ ref: hit.ref, rule: hit.rule });
    }
    return hits.length === 0 ? verdict : withAudits(verdict, hits);
  }

  return {
    isEmpty: sets.length === 0,
    decide,
    explain: (view, peer, port) => traceAuthorization(sets, decide(view, peer, port), { view, peer, port }),
  };
}

type Action = AuthorizationRuleSet['action'];

/** The rules of one action in order of evaluation. */
function rankedRules(sets: readonly AuthorizationRuleSet[], action: Action): readonly RankedRule<Verdict>[] {
  return sets
    .filter((set) => set.action === action && set.invalid === undefined)
    .flatMap(({ ref, rules }) => rules.map((source, index) => ({ ref, source, index })))
    .map(({ ref, source, index }, rank) => ({
      rank,
      source,
      rule: compileRule(source, action),
      verdict: matchedVerdict(ref, index, action !== 'DENY'),
    }));
}

function refsOf(sets: readonly AuthorizationRuleSet[], action: Action): readonly ObjectRef[] {
  return sets.filter((set) => set.action === action).map(({ ref }) => ref);
}
