// AuthorizationPolicy → the rule set that the proxy evaluates, and the order of several.

import type { AuthorizationRule, AuthorizationRuleSet } from '@weft/api/proxy-config/types';
import { byAge } from '../../model/object.ts';
import type { AuthorizationPolicy, AuthorizationPolicyRule } from '../../model/policy.ts';
import { resolveSource } from './source.ts';

const ORDER = { DENY: 0, ALLOW: 1, AUDIT: 2 } as const;

/**
 * Policies on several scopes of one port, each once: DENY, then ALLOW, then AUDIT, each oldest first. None overrides
 * another; they are evaluated together.
 */
export function inEvaluationOrder(policies: readonly AuthorizationPolicy[]): readonly AuthorizationPolicy[] {
  return [...new Set(policies)].sort((a, b) => ORDER[a.action] - ORDER[b.action] || byAge(a, b));
}

export function compileRuleSet(policy: AuthorizationPolicy, trustDomain: string): AuthorizationRuleSet {
  return {
    ref: policy.ref,
    action: policy.action,
    rules: policy.rules.flatMap((rule) => compileRule(rule, trustDomain)),
    ...(policy.invalid !== undefined && { invalid: policy.invalid }),
  };
}

function compileRule(rule: AuthorizationPolicyRule, trustDomain: string): AuthorizationRule[] {
  const from = rule.from.flatMap((source) => resolveSource(source, trustDomain) ?? []);
  // An empty `from` means any caller, and here it would mean none.
  if (from.length === 0 && rule.from.length > 0) return [];
  return [{ from, to: rule.to, when: rule.when }];
}
