// TCPRoute (gateway.networking.k8s.io/v1): how the connections to a port are divided. Strict, as HTTPRoute.

import { z } from 'zod';
import { connectionRules, oneRuleInV1 } from './connection-route-rule.ts';
import { namespacedMetadata } from './metadata.ts';
import { parentReference } from './reference.ts';
import type { TypeOf } from './type-of.ts';
import { unsupportedField } from './unsupported.ts';

export const tcpRouteSchema = z
  .strictObject({
    apiVersion: z.literal(['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2']),
    kind: z.literal('TCPRoute'),
    metadata: namespacedMetadata,
    spec: z.strictObject({
      parentRefs: z.array(parentReference).max(32).default([]),
      useDefaultGateways: unsupportedField(),
      rules: connectionRules,
    }),
    status: z.unknown().optional(),
  })
  .check(oneRuleInV1);

export type TCPRoute = TypeOf<typeof tcpRouteSchema>;
