// Rules of TLSRoute and TCPRoute: where connections go. They have no conditions of their own.

import { z } from 'zod';
import { backendReferenceFields, backendWeight, requireServicePort } from './reference.ts';
import { uniqueBy } from './unique.ts';

const rule = z.strictObject({
  name: z.string().max(253).optional(),
  backendRefs: z
    .array(z.strictObject({ ...backendReferenceFields, weight: backendWeight }).check(requireServicePort))
    .min(1)
    .max(16),
});

/** v1 has one rule; the versions before it allowed more, of which the first takes every connection. */
export const connectionRules = z.array(rule).min(1).max(16).check(uniqueBy('name'));

/** A check for the whole object. */
export function oneRuleInV1({ value, issues }: z.core.ParsePayload<VersionedRoute>): void {
  const { apiVersion, spec } = value;
  if (!apiVersion.endsWith('/v1') || spec.rules.length <= 1) return;
  issues.push({
    code: 'custom',
    path: ['spec', 'rules'],
    input: spec.rules,
    message: 'must have 1 entry: the first rule takes every connection',
  });
}

interface VersionedRoute {
  readonly apiVersion: string;
  readonly spec: { readonly rules: readonly unknown[] };
}
