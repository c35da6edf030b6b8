// AuthenticationPolicy (weft.dev/v1alpha1) → AuthenticationPolicy.

import type { AuthenticationPolicy as AuthenticationPolicyResource } from '@weft/api/kinds/authentication-policy';
import type { AuthenticationPolicy } from '../model/policy.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { ingestTargets } from './policy-target.ts';

export function ingestAuthenticationPolicy({
  kind,
  metadata,
  spec,
}: AuthenticationPolicyResource): Ingested<AuthenticationPolicy> {
  return {
    value: {
      ...attachedObject(kind, metadata),
      targets: ingestTargets(spec.targetRefs, metadata.namespace),
      mtls: spec.mtls.mode,
      portMtls: Object.fromEntries((spec.mtls.ports ?? []).map(({ port, mode }) => [port, mode])),
    },
    findings: [],
  };
}
