// A source of an AuthorizationPolicy → the SPIFFE ids and addresses that it means.

import type { AuthorizationSource } from '@weft/api/proxy-config/types';
import type { PolicySource, ServiceAccountName } from '../../model/policy.ts';
import { spiffeId } from '../../model/spiffe-id.ts';

/** undefined: no caller can be meant, since no service account that is named has one of the identities named. */
export function resolveSource(source: PolicySource, trustDomain: string): AuthorizationSource | undefined {
  const { serviceAccounts, notServiceAccounts, identities, notIdentities, ...rest } = source;
  const toIds = (accounts: readonly ServiceAccountName[]): readonly string[] =>
    accounts.map(({ namespace, name }) => spiffeId(trustDomain, namespace, name));

  let included = identities;
  if (serviceAccounts) {
    // Both fields have to hold, and the proxy knows only one of them.
    included = toIds(serviceAccounts).filter(
      (id) => !identities || identities.some((pattern) => matchesPattern(id, pattern)),
    );
    if (included.length === 0) return undefined;
  }
  const excluded = [...(notIdentities ?? []), ...toIds(notServiceAccounts ?? [])];
  return {
    ...rest,
    ...(included && { identities: included }),
    ...(excluded.length > 0 && { notIdentities: excluded }),
  };
}

/** `*` at the start or the end of a pattern stands for any characters. */
function matchesPattern(id: string, pattern: string): boolean {
  const open = pattern.startsWith('*');
  const rest = open ? pattern.slice(1) : pattern;
  if (rest.endsWith('*')) return open ? id.includes(rest.slice(0, -1)) : id.startsWith(rest.slice(0, -1));
  return open ? id.endsWith(rest) : id === rest;
}
