// HTTPRoute (gateway.networking.k8s.io/v1) → HttpRoute.

import { parseDuration } from '@weft/api/duration';
import type { HTTPRoute, HTTPRouteRule, ParentReference } from '@weft/api/kinds/http-route';
import type { Timeouts } from '@weft/api/proxy-config/types';
import type { Finding } from '../model/finding.ts';
import type { BackendReference, HttpRoute, RouteParent, RouteRule } from '../model/http-route.ts';
import { ingestFilters } from './http-route-filter.ts';
import { ingestMatches } from './http-route-match.ts';
import { attachedObject, type Ingested } from './ingested.ts';

export function ingestHttpRoute({ metadata, spec }: HTTPRoute): Ingested<HttpRoute> {
  const findings: Finding[] = [];
  const { namespace } = metadata;
  const parents = spec.parentRefs.flatMap((parent, index): RouteParent[] => {
    const finding = unservedParent(parent, `spec.parentRefs[${index}]`);
    if (finding) {
      findings.push(finding);
      return [];
    }
    const { port, sectionName } = parent;
    return [
      {
        index,
        namespace: parent.namespace ?? namespace,
        name: parent.name,
        ...(port !== undefined && { port }),
        ...(sectionName !== undefined && { sectionName }),
      },
    ];
  });
  if (spec.parentRefs.length === 0) {
    findings.push({
      reason: 'NoMatchingParent',
      message: 'the route is attached to nothing and has no effect: name a Service in parentRefs',
      field: 'spec.parentRefs',
    });
  }
  if (parents.length > 0 && spec.hostnames.length > 0) {
    findings.push({
      reason: 'UnsupportedField',
      message: 'hostnames have no effect on a route attached to a Service: match on the header Host instead',
      field: 'spec.hostnames',
    });
  }
  const rules = spec.rules.map((rule, index) =>
    ingestRule(rule, namespace, `spec.rules[${index}]`, findings),
  );
  return { value: { ...attachedObject('HTTPRoute', metadata), parents, rules }, findings };
}

function unservedParent({ group, kind }: ParentReference, field: string): Finding | undefined {
  if (kind === 'Service' && group === '') return undefined;
  if (kind === 'Service') {
    return {
      severity: 'error',
      reason: 'UnsupportedValue',
      message: `group ${group} has no kind Service, so the route is not attached to it: set group: ""`,
      field: `${field}.group`,
    };
  }
  // Another implementation may serve it: whether it does is for that one's status.
  return {
    reason: 'UnsupportedValue',
    message: `parents of kind ${kind} are not served: attach the route to a Service (group: "", kind: Service)`,
    field: `${field}.kind`,
  };
}

function ingestRule(rule: HTTPRouteRule, namespace: string, field: string, findings: Finding[]): RouteRule {
  const unmatchable: Finding[] = [];
  const matches = ingestMatches(rule.matches, `${field}.matches`, unmatchable);
  findings.push(...unmatchable);
  const filters = ingestFilters(rule.filters, namespace, `${field}.filters`, findings);
  const backends = rule.backendRefs.map((reference, index): BackendReference => {
    const at = `${field}.backendRefs[${index}]`;
    const { group, kind, name, port, weight } = reference;
    return {
      group,
      kind,
      namespace: reference.namespace ?? namespace,
      name,
      ...(port !== undefined && { port }),
      field: at,
      weight,
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
