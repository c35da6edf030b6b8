// HTTPRoute (gateway.networking.k8s.io/v1): where requests to a Service or a Gateway go. Strict: the
// Gateway API's checks that its CRD makes are made here too, since files never pass an API server.

import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { httpRouteFilter } from './http-route-filter.ts';
import { httpRouteMatch } from './http-route-match.ts';
import { namespacedMetadata } from './metadata.ts';
import { backendReferenceFields, backendWeight, parentReference, requireServicePort } from './reference.ts';
import { duration, hostname } from './scalar.ts';
import type { TypeOf } from './type-of.ts';
import { uniqueBy } from './unique.ts';
import { unsupportedField } from './unsupported.ts';

const filters = z.array(httpRouteFilter).max(16).default([]);

const httpBackendReference = z
  .strictObject({
    ...backendReferenceFields,
    weight: backendWeight,
    filters,
  })
  .check(requireServicePort);

const timeouts = z
  .strictObject({
    /** `0s`: no limit. */
    request: duration.optional(),
    backendRequest: duration.optional(),
  })
  .refine(({ request, backendRequest }) => !exceeds(backendRequest, request), {
    error: 'must not be longer than timeouts.request',
    path: ['backendRequest'],
  });

/** `0s` is no limit on either side, so it exceeds nothing and is not exceeded (GEP-1742). */
function exceeds(inner: string | undefined, outer: string | undefined): boolean {
  const outerMs = outer === undefined ? 0 : parseDuration(outer);
  const innerMs = inner === undefined ? 0 : parseDuration(inner);
  return outerMs !== undefined && outerMs > 0 && innerMs !== undefined && innerMs > outerMs;
}

const rule = z
  .strictObject({
    name: z.string().max(253).optional(),
    matches: z.array(httpRouteMatch).max(64).prefault([{}]),
    filters,
    backendRefs: z.array(httpBackendReference).max(16).default([]),
    timeouts: timeouts.optional(),
    retry: unsupportedField(),
    sessionPersistence: unsupportedField(),
  })
  .check(({ value, issues }) => {
    for (const message of filterConflicts(value)) {
      issues.push({ code: 'custom', path: ['filters'], input: value.filters, message });
    }
  });

interface RuleParts {
  readonly matches: readonly { readonly path: { readonly type: string } }[];
  readonly filters: readonly z.output<typeof httpRouteFilter>[];
  readonly backendRefs: readonly unknown[];
}

/** The Gateway API's cross-field rules for the filters of one rule. */
function filterConflicts({ matches, filters, backendRefs }: RuleParts): string[] {
  const types = filters.map((filter) => filter.type);
  const conflicts: string[] = [];
  for (const type of [
    'RequestHeaderModifier',
    'ResponseHeaderModifier',
    'RequestRedirect',
    'URLRewrite',
  ] as const) {
    if (types.filter((other) => other === type).length > 1) conflicts.push(`must have ${type} at most once`);
  }
  if (types.includes('RequestRedirect')) {
    if (types.includes('URLRewrite')) conflicts.push('must not have both RequestRedirect and URLRewrite');
    if (backendRefs.length > 0)
      conflicts.push('must not have RequestRedirect beside backendRefs: it answers by itself');
  }
  const replacesPrefix = filters.some(
    (filter) =>
      (filter.type === 'RequestRedirect' && filter.requestRedirect.path?.type === 'ReplacePrefixMatch') ||
      (filter.type === 'URLRewrite' && filter.urlRewrite.path?.type === 'ReplacePrefixMatch'),
  );
  if (replacesPrefix && (matches.length !== 1 || matches[0]?.path.type !== 'PathPrefix')) {
    conflicts.push('must have ReplacePrefixMatch only where the rule has one match, of type PathPrefix');
  }
  return conflicts;
}

export const httpRouteSchema = z.strictObject({
  apiVersion: z.literal(['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1']),
  kind: z.literal('HTTPRoute'),
  metadata: namespacedMetadata,
  spec: z.strictObject({
    parentRefs: z.array(parentReference).max(32).default([]),
    useDefaultGateways: unsupportedField(),
    hostnames: z.array(hostname).max(16).default([]),
    rules: z.array(rule).min(1).max(16).check(uniqueBy('name')).prefault([{}]),
  }),
  status: z.unknown().optional(),
});

export type HTTPRoute = TypeOf<typeof httpRouteSchema>;
export type HTTPRouteRule = HTTPRoute['spec']['rules'][number];
export type HTTPRouteMatch = HTTPRouteRule['matches'][number];
export type HTTPRouteFilter = HTTPRouteRule['filters'][number];
export type HTTPBackendReference = HTTPRouteRule['backendRefs'][number];
export type ParentReference = HTTPRoute['spec']['parentRefs'][number];
