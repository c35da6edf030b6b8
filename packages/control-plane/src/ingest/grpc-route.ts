// GRPCRoute (gateway.networking.k8s.io/v1) → HttpRoute, whose matches are for gRPC calls alone.

import type { GRPCRoute, GRPCRouteRule } from '@weft/api/kinds/grpc-route';
import type { Finding } from '../model/finding.ts';
import type { BackendReference, HttpRoute, RouteRule } from '../model/http-route.ts';
import { ingestGrpcMatches } from './grpc-route-match.ts';
import { ingestFilters } from './http-route-filter.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { hostnamesWithoutEffect, ingestBackend, ingestParents } from './route-reference.ts';

export function ingestGrpcRoute({ kind, metadata, spec }: GRPCRoute): Ingested<HttpRoute> {
  const findings: Finding[] = [];
  const parents = ingestParents(spec.parentRefs, metadata.namespace, findings);
  findings.push(...hostnamesWithoutEffect(parents, spec.hostnames));
  if (parents.length > 0 && spec.rules.length === 0) {
    findings.push({
      reason: 'UnsupportedValue',
      message: 'the route has no rules: every call there is answered UNIMPLEMENTED',
      field: 'spec.rules',
    });
  }
  const rules = spec.rules.map((rule, index) =>
    ingestRule(rule, metadata.namespace, `spec.rules[${index}]`, findings),
  );
  return { value: { ...attachedObject(kind, metadata), kind, parents, rules }, findings };
}

function ingestRule(rule: GRPCRouteRule, namespace: string, field: string, findings: Finding[]): RouteRule {
  const unmatchable: Finding[] = [];
  const matches = ingestGrpcMatches(rule.matches, `${field}.matches`, unmatchable);
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
    timeouts: {},
    ...(unmatchable[0] && { invalid: unmatchable[0].message }),
  };
}
