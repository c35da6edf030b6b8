// Why a request was allowed or denied: every rule of every policy tested by its own conditions, without the index
// that the hot path uses.

import type { AuthorizationRuleSet, ObjectRef } from '@weft/api/proxy-config/types';
import type { Mismatch } from '../../router/condition.ts';
import type { Subject } from './condition.ts';
import { compileRule, ruleMatches, ruleMismatches } from './rule.ts';
import type { Verdict } from './verdict.ts';

export interface AuthorizationTrace {
  readonly verdict: Verdict;
  /** In order of evaluation. */
  readonly policies: readonly TracedPolicy[];
}

export interface TracedPolicy {
  readonly ref: ObjectRef;
  readonly action: AuthorizationRuleSet['action'];
  /** Whether it made the verdict: its rule matched first, it is unreadable, or it is an ALLOW and none matched. */
  readonly decided: boolean;
  /** Text of a policy that can not be read. */
  readonly invalid: string | undefined;
  /** The first rule that matches; undefined where none does. */
  readonly matched: number | undefined;
  readonly rules: readonly TracedRule[];
}

export interface TracedRule {
  readonly index: number;
  readonly matches: boolean;
  /**
   * Where it does not match: the first of `from`, `to` and `when` that fails, with what failed in each of its
   * alternatives.
   */
  readonly mismatches: readonly Mismatch[];
}

export function traceAuthorization(
  sets: readonly AuthorizationRuleSet[],
  verdict: Verdict,
  subject: Subject,
): AuthorizationTrace {
  return { verdict, policies: evaluationOrder(sets).map((set) => tracePolicy(set, verdict, subject)) };
}

/** A policy that can not be read denies, so it stands before all others. */
function evaluationOrder(sets: readonly AuthorizationRuleSet[]): readonly AuthorizationRuleSet[] {
  return sets.toSorted((a, b) => phaseOf(a) - phaseOf(b));
}

const PHASES = { DENY: 1, ALLOW: 2, AUDIT: 3 };

function phaseOf({ action, invalid }: AuthorizationRuleSet): number {
  return invalid === undefined ? PHASES[action] : 0;
}

function tracePolicy(set: AuthorizationRuleSet, verdict: Verdict, subject: Subject): TracedPolicy {
  const { ref, action, invalid } = set;
  const rules = invalid === undefined ? set.rules.map((rule, index) => traceRule(rule, index)) : [];
  const isNoneAllowed = !verdict.allowed && verdict.rule === undefined && action === 'ALLOW';
  return {
    ref,
    action,
    decided: ref === verdict.ref || (isNoneAllowed && verdict.ref === undefined),
    invalid,
    matched: rules.find(({ matches }) => matches)?.index,
    rules,
  };

  function traceRule(source: AuthorizationRuleSet['rules'][number], index: number): TracedRule {
    const rule = compileRule(source, action);
    const matches = ruleMatches(rule, subject.view, subject.peer, subject.port);
    return { index, matches, mismatches: matches ? [] : ruleMismatches(rule, subject) };
  }
}
