// What authorization answers. Verdicts are made when configuration arrives, one for each rule.

import type { AuthorizationRuleSet, ObjectRef } from '@weft/api/proxy-config/types';

export interface Verdict {
  readonly allowed: boolean;
  /** The policy that decided; undefined where none applies, or where none of several ALLOW policies matched. */
  readonly ref: ObjectRef | undefined;
  /** The rule of it that matched; undefined where no rule did. */
  readonly rule: number | undefined;
  /** For response_code_details, in Envoy's form: `rbac_access_denied[AuthorizationPolicy/ns/name]`. */
  readonly detail: string;
  /** One sentence for people. */
  readonly reason: string;
  /** AUDIT policies that matched; they never refuse. */
  readonly audits: readonly AuditHit[];
}

export interface AuditHit {
  readonly ref: ObjectRef;
  readonly rule: number;
}

const NO_AUDITS: readonly AuditHit[] = [];

export const NO_POLICY: Verdict = {
  allowed: true,
  ref: undefined,
  rule: undefined,
  detail: 'rbac_access_allowed',
  reason: 'no policy refuses it',
  audits: NO_AUDITS,
};

export function matchedVerdict(ref: ObjectRef, rule: number, allowed: boolean): Verdict {
  return {
    allowed,
    ref,
    rule,
    detail: `rbac_access_${allowed ? 'allowed' : 'denied'}[${ref}]`,
    reason: `${allowed ? 'allowed' : 'denied'} by rule ${rule} of ${ref}`,
    audits: NO_AUDITS,
  };
}

export function invalidVerdict({ ref, invalid }: AuthorizationRuleSet): Verdict {
  return {
    allowed: false,
    ref,
    rule: undefined,
    detail: `rbac_access_denied[${ref}]`,
    reason: `denied since ${ref} can not be read: ${invalid}`,
    audits: NO_AUDITS,
  };
}

/** Names in a verdict that no ALLOW policy matched. */
const MOST_NAMES = 3;

/** There are ALLOW policies, and no rule of theirs matched. */
export function noneAllowsVerdict(refs: readonly ObjectRef[]): Verdict {
  const more = refs.length > MOST_NAMES ? `,+${refs.length - MOST_NAMES}` : '';
  const names = refs.slice(0, MOST_NAMES).join(',') + more;
  return {
    allowed: false,
    ref: refs.length === 1 ? refs[0] : undefined,
    rule: undefined,
    detail: `rbac_access_denied[${names}]`,
    reason: `denied since no rule of ${names} allows it`,
    audits: NO_AUDITS,
  };
}

export function withAudits(verdict: Verdict, audits: readonly AuditHit[]): Verdict {
  return { ...verdict, audits };
}
