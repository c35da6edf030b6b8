import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthorizationPolicy, AuthorizationPolicyRule } from '../../model/policy.ts';
import { compileRuleSet, inEvaluationOrder } from './rule-set.ts';

function policy(name: string, rules: readonly AuthorizationPolicyRule[] = []): AuthorizationPolicy {
  const action = name.startsWith('deny') ? 'DENY' : name.startsWith('audit') ? 'AUDIT' : 'ALLOW';
  return { ref: `AuthorizationPolicy/shop/${name}`, namespace: 'shop', name, targets: [], action, rules };
}

function rule(from: AuthorizationPolicyRule['from']): AuthorizationPolicyRule {
  return { from, to: [], when: [] };
}

test('DENY goes before ALLOW before AUDIT, the oldest first, and each policy once', () => {
  const older = { ...policy('deny-z'), created: '2026-01-01T00:00:00Z' };
  const younger = { ...policy('deny-a'), created: '2026-01-01T00:00:01Z' };
  const [audit, allow] = [policy('audit'), policy('allow')];
  assert.deepEqual(
    inEvaluationOrder([audit, allow, younger, older, allow]).map(({ name }) => name),
    ['deny-z', 'deny-a', 'allow', 'audit'],
  );
});

test('a rule that can be meant for no caller is left out, not opened to all', () => {
  const impossible = { serviceAccounts: [{ namespace: 'shop', name: 'web' }], identities: ['*/sa/api'] };
  const { rules } = compileRuleSet(
    policy('allow', [rule([impossible]), rule([]), rule([impossible, { namespaces: ['tools'] }])]),
    'example.org',
  );
  assert.deepEqual(rules, [
    { from: [], to: [], when: [] },
    { from: [{ namespaces: ['tools'] }], to: [], when: [] },
  ]);
});
