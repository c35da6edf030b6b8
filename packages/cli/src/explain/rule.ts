// A rule of a route as an explanation names it.

import type { HttpRule, TcpRule } from '@weft/api/proxy-config/types';
import type { RuleMatch } from './explanation.ts';
import type { MeshSource } from './source.ts';

type NamedRule = Pick<HttpRule | TcpRule, 'ref' | 'index' | 'name'>;

export function describeRule(
  source: MeshSource,
  { ref, index, name }: NamedRule,
): Pick<RuleMatch, 'ref' | 'rule' | 'name' | 'place'> {
  const place = source.place(ref, isOfRoute(ref) ? `spec.rules[${index}]` : undefined);
  return { ref, rule: index, ...(name !== undefined && { name }), ...(place !== undefined && { place }) };
}

/** Else it stands for a Service that no route is attached to. */
export function isOfRoute(ref: string): boolean {
  return !ref.startsWith('Service/');
}
