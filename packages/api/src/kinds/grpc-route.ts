// GRPCRoute (gateway.networking.k8s.io/v1): where gRPC calls to a Service go. Strict, as HTTPRoute.

import { z } from 'zod';
import { sharedFilters } from './http-route-filter.ts';
import { headerMatches } from './http-route-match.ts';
import { namespacedMetadata } from './metadata.ts';
import { backendReferenceFields, backendWeight, parentReference, requireServicePort } from './reference.ts';
import { hostname } from './scalar.ts';
import type { TypeOf } from './type-of.ts';
import { uniqueBy } from './unique.ts';
import { unsupportedField, unsupportedType } from './unsupported.ts';

/** With its package: `shop.Carts`. A leading dot is protobuf's for «from the root». */
const SERVICE = /^\.?[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*$/;
const METHOD = /^[A-Za-z_][A-Za-z_0-9]*$/;

const methodMatch = z
  .strictObject({
    type: z.enum(['Exact', 'RegularExpression']).default('Exact'),
    service: z.string().max(1024).optional(),
    method: z.string().max(1024).optional(),
  })
  .check(({ value, issues }) => {
    const { type, service, method } = value;
    // The Gateway API: empty is as good as absent.
    if (!service && !method) {
      const message = 'must have service, method or both; to match every call leave it out';
      issues.push({ code: 'custom', path: [], input: value, message });
    }
    if (type !== 'Exact') return;
    if (service && !SERVICE.test(service)) {
      const message = 'must be the name of a service with its package, such as shop.Carts';
      issues.push({ code: 'custom', path: ['service'], input: service, message });
    }
    if (method && !METHOD.test(method)) {
      const message = 'must be the name of a method, such as AddItem';
      issues.push({ code: 'custom', path: ['method'], input: method, message });
    }
  });

const match = z.strictObject({ method: methodMatch.optional(), headers: headerMatches.optional() });

const filter = z.discriminatedUnion('type', [...sharedFilters, unsupportedType('ExtensionRef')]);

const filters = z
  .array(filter)
  .max(16)
  .default([])
  .check(({ value, issues }) => {
    for (const type of ['RequestHeaderModifier', 'ResponseHeaderModifier'] as const) {
      if (value.filter((one) => one.type === type).length < 2) continue;
      issues.push({ code: 'custom', path: [], input: value, message: `must have ${type} at most once` });
    }
  });

const rule = z.strictObject({
  name: z.string().max(253).optional(),
  matches: z.array(match).max(64).default([]),
  filters,
  backendRefs: z
    .array(
      z.strictObject({ ...backendReferenceFields, weight: backendWeight, filters }).check(requireServicePort),
    )
    .max(16)
    .default([]),
  sessionPersistence: unsupportedField(),
});

export const grpcRouteSchema = z.strictObject({
  apiVersion: z.literal('gateway.networking.k8s.io/v1'),
  kind: z.literal('GRPCRoute'),
  metadata: namespacedMetadata,
  spec: z.strictObject({
    parentRefs: z.array(parentReference).max(32).default([]),
    useDefaultGateways: unsupportedField(),
    hostnames: z.array(hostname).max(16).default([]),
    rules: z.array(rule).max(16).check(uniqueBy('name')).default([]),
  }),
  status: z.unknown().optional(),
});

export type GRPCRoute = TypeOf<typeof grpcRouteSchema>;
export type GRPCRouteRule = GRPCRoute['spec']['rules'][number];
export type GRPCRouteMatch = GRPCRouteRule['matches'][number];
export type GRPCRouteFilter = GRPCRouteRule['filters'][number];
