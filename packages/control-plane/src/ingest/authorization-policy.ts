// AuthorizationPolicy (weft.dev/v1alpha1) → AuthorizationPolicy.

import type {
  AuthorizationPolicy as AuthorizationPolicyResource,
  AuthorizationPolicySource,
} from '@weft/api/kinds/authorization-policy';
import type { AuthorizationPolicy, PolicySource, ServiceAccountName } from '../model/policy.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { ingestTargets } from './policy-target.ts';

export function ingestAuthorizationPolicy({
  kind,
  metadata,
  spec,
}: AuthorizationPolicyResource): Ingested<AuthorizationPolicy> {
  const { namespace } = metadata;
  return {
    value: {
      ...attachedObject(kind, metadata),
      targets: ingestTargets(spec.targetRefs, namespace),
      action: spec.action,
      rules: spec.rules.map(({ from = [], to = [], when = [] }) => ({
        from: from.map((source) => ingestSource(source, namespace)),
        to,
        when: when.map((condition) => ({ ...condition, header: condition.header.toLowerCase() })),
      })),
    },
    findings: [],
  };
}

function ingestSource(source: AuthorizationPolicySource, namespace: string): PolicySource {
  const { serviceAccounts, notServiceAccounts, ...rest } = source;
  const named = (reference: string): ServiceAccountName => {
    const slash = reference.indexOf('/');
    return slash < 0
      ? { namespace, name: reference }
      : { namespace: reference.slice(0, slash), name: reference.slice(slash + 1) };
  };
  return {
    ...rest,
    ...(serviceAccounts && { serviceAccounts: serviceAccounts.map(named) }),
    ...(notServiceAccounts && { notServiceAccounts: notServiceAccounts.map(named) }),
  };
}
