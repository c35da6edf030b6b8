// Findings → conditions, as Kubernetes objects carry them.

import type { Condition } from '@weft/api/control-plane-api';
import type { ConditionType, Finding } from '../model/finding.ts';

const HOLDS: { readonly [Type in ConditionType]: { readonly reason: string; readonly message: string } } = {
  Accepted: { reason: 'Accepted', message: 'the object is valid and in force' },
  ResolvedRefs: { reason: 'ResolvedRefs', message: 'everything that it refers to is there and may be used' },
  Programmed: { reason: 'Programmed', message: 'the configuration that proxies are served has it' },
};

const NOT_ACCEPTED = {
  reason: 'NotAccepted',
  message: 'no proxy is served what it says: see the condition Accepted',
};

/** One condition of each type: False where a finding says so, with the first one's reason and all messages. */
export function toConditions(
  types: readonly ConditionType[],
  findings: readonly Finding[],
  generation: number | undefined,
): readonly Condition[] {
  const isAccepted = !findings.some(({ condition }) => condition === 'Accepted');
  return types.map((type): Condition => {
    const observed = generation === undefined ? {} : { observedGeneration: generation };
    if (type === 'Programmed' && !isAccepted) return { type, status: 'False', ...NOT_ACCEPTED, ...observed };
    const against = findings.filter(({ condition }) => condition === type);
    const [first] = against;
    if (!first) return { type, status: 'True', ...HOLDS[type], ...observed };
    const message = [...new Set(against.map(describe))].join('; ');
    return { type, status: 'False', reason: first.reason, message, ...observed };
  });
}

function describe({ field, message }: Finding): string {
  return field === undefined ? message : `${field}: ${message}`;
}
