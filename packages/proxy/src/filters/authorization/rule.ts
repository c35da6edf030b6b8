// One rule of an AuthorizationPolicy, compiled: it matches when one source (if any), one operation (if any) and
// every header condition hold.

import type { AuthorizationRule, AuthorizationRuleSet } from '@weft/api/proxy-config/types';
import type { Mismatch } from '../../router/condition.ts';
import type { PeerView, RequestView } from '../../stack/request-view.ts';
import {
  type Condition,
  headerConditions,
  operationConditions,
  type Subject,
  sourceConditions,
} from './condition.ts';

export interface CompiledRule {
  /** Alternatives, each a list of conditions that all have to hold. Empty: anyone, anything. */
  readonly from: readonly (readonly Condition[])[];
  readonly to: readonly (readonly Condition[])[];
  readonly when: readonly Condition[];
  /**
   * How conditions on HTTP turn out where there is no HTTP: they hold for DENY, which must not be evaded by talking
   * something else, and fail for ALLOW and AUDIT.
   */
  readonly withoutHttp: boolean;
}

export function compileRule(rule: AuthorizationRule, action: AuthorizationRuleSet['action']): CompiledRule {
  return {
    from: rule.from.map(sourceConditions),
    to: rule.to.map(operationConditions),
    when: rule.when.flatMap(headerConditions),
    withoutHttp: action === 'DENY',
  };
}

export function ruleMatches(
  rule: CompiledRule,
  view: RequestView | undefined,
  peer: PeerView,
  port: number,
): boolean {
  return (
    someHolds(rule.from, rule, view, peer, port) &&
    someHolds(rule.to, rule, view, peer, port) &&
    allHold(rule.when, rule, view, peer, port)
  );
}

function someHolds(
  alternatives: CompiledRule['from'],
  rule: CompiledRule,
  view: RequestView | undefined,
  peer: PeerView,
  port: number,
): boolean {
  for (const conditions of alternatives) if (allHold(conditions, rule, view, peer, port)) return true;
  return alternatives.length === 0;
}

function allHold(
  conditions: readonly Condition[],
  rule: CompiledRule,
  view: RequestView | undefined,
  peer: PeerView,
  port: number,
): boolean {
  for (const condition of conditions) if (!holds(condition, rule, view, peer, port)) return false;
  return true;
}

function holds(
  condition: Condition,
  rule: CompiledRule,
  view: RequestView | undefined,
  peer: PeerView,
  port: number,
): boolean {
  return view === undefined && condition.isHttp ? rule.withoutHttp : condition.test(view, peer, port);
}

/** Why a rule does not match: for the first part that fails, what fails in each of its alternatives. */
export function ruleMismatches(rule: CompiledRule, subject: Subject): readonly Mismatch[] {
  const parts = [
    { name: 'from', alternatives: rule.from },
    { name: 'to', alternatives: rule.to },
    { name: 'when', alternatives: rule.when.length === 0 ? [] : [rule.when] },
  ];
  for (const { name, alternatives } of parts) {
    const failed = alternatives.map((conditions) => conditions.find((condition) => !holdsFor(condition)));
    if (failed.length === 0 || failed.includes(undefined)) continue;
    return failed.flatMap((condition, i) => (condition === undefined ? [] : [mismatch(condition, name, i)]));
  }
  return [];

  function holdsFor(condition: Condition): boolean {
    return holds(condition, rule, subject.view, subject.peer, subject.port);
  }

  function mismatch(condition: Condition, part: string, alternative: number): Mismatch {
    return {
      field: part === 'when' ? `when: ${condition.field}` : `${part}[${alternative}].${condition.field}`,
      expected: condition.expected,
      actual: subject.view === undefined && condition.isHttp ? 'no HTTP request' : condition.actual(subject),
    };
  }
}
