// TLSRoute (gateway.networking.k8s.io/v1): where TLS connections go by the name that the client asks for (SNI),
// without being decrypted. Strict, as HTTPRoute.

import { z } from 'zod';
import { connectionRules, oneRuleInV1 } from './connection-route-rule.ts';
import { namespacedMetadata } from './metadata.ts';
import { parentReference } from './reference.ts';
import { hostname } from './scalar.ts';
import type { TypeOf } from './type-of.ts';
import { unsupportedField } from './unsupported.ts';

/** RFC 6066 3: a server name is never an address. */
const serverName = hostname.refine((name) => !/^[0-9.]+$/.test(name), {
  error: 'must be a host name: TLS clients name no IP address',
});

export const tlsRouteSchema = z
  .strictObject({
    apiVersion: z.literal([
      'gateway.networking.k8s.io/v1',
      'gateway.networking.k8s.io/v1alpha3',
      'gateway.networking.k8s.io/v1alpha2',
    ]),
    kind: z.literal('TLSRoute'),
    metadata: namespacedMetadata,
    spec: z.strictObject({
      parentRefs: z.array(parentReference).max(32).default([]),
      useDefaultGateways: unsupportedField(),
      hostnames: z.array(serverName).max(1024).default([]),
      rules: connectionRules,
    }),
    status: z.unknown().optional(),
  })
  .check(oneRuleInV1)
  .check(({ value, issues }) => {
    if (value.apiVersion.endsWith('alpha2') || value.spec.hostnames.length > 0) return;
    issues.push({
      code: 'custom',
      path: ['spec', 'hostnames'],
      input: value.spec.hostnames,
      message: 'must have at least 1 entry; to route every connection use a TCPRoute',
    });
  });

export type TLSRoute = TypeOf<typeof tlsRouteSchema>;
