// HTTPRoute (gateway.networking.k8s.io/v1) → HttpRoute.

import { parseDuration } from '@weft/api/duration';
import type { HTTPRoute, HTTPRouteRule } from '@weft/api/kinds/http-route';
import type { Timeouts } from '@weft/api/proxy-config/types';
import type { Finding } from '../model/finding.ts';
import type { BackendReference, HttpRoute, RouteRule } from '../model/http-route.ts';
import { ingestFilters } from './http-route-filter.ts';
import { ingestMatches } from './http-route-match.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { hostnamesWithoutEffect, ingestBackend, ingestParents } from './route-reference.ts';

export function ingestHttpRoute({ metadata, spec }: HTTPRoute): Ingested<HttpRoute> {
  const findings: Finding[] = [];
  const { namespace } = metadata;
  const parents = ingestParents(spec.parentRefs, namespace, findings);
  findings.push(...hostnamesWithoutEffect(parents, spec.hostnames));
  const rules = spec.rules.map((rule, index) =>
    ingestRule(rule, namespace, `spec.rules[${index}]`, findings),
  );
  return { value: { ...attachedObject('HTTPRoute', metadata), kind: 'HTTPRoute', parents, rules }, findings };
}

function ingestRule(rule: HTTPRouteRule, namespace: string, field: string, findings: Finding[]): RouteRule {
  const unmatchable: Finding[] = [];
  const matches = ingestMatches(rule.matches, `${field}.matches`, unmatchable);
  findings.push(...unmatchable);
  const filters = ingestFilters(rule.filters, namespace, `${field}.filters`, findings);
  const backends = rule.backendRefs.map((reference, index): BackendReference => {
    const at = `${field}.backendRefs[${index}]`;
    return {
      ...ingestBackend(reference, namespace, at),
      filters: ingestFilters(reference.filters, namespace, `${at}.filters`, findings),
    };
  });
  return {
    ...(rule.name !== undefined && { name: rule.name }),
    matches,
    filters,
    backends,
    timeouts: ingestTimeouts(rule.timeouts),
    ...(unmatchable[0] && { invalid: unmatchable[0].message }),
  };
}

function ingestTimeouts(timeouts: HTTPRouteRule['timeouts']): Timeouts {
  // GEP-1742: zero means no limit.
  const requestMs = timeouts?.request && parseDuration(timeouts.request);
  const backendRequestMs = timeouts?.backendRequest && parseDuration(timeouts.backendRequest);
  return { ...(requestMs && { requestMs }), ...(backendRequestMs && { backendRequestMs }) };
}
