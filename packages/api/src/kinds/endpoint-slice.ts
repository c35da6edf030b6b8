// EndpointSlice (discovery.k8s.io/v1): addresses of a Service, kept by the cluster's endpoint controller.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import type { TypeOf } from './type-of.ts';

/** The label that names the slice's Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export const endpointSliceSchema = z.looseObject({
  apiVersion: z.literal('discovery.k8s.io/v1'),
  kind: z.literal('EndpointSlice'),
  metadata: namespacedMetadata,
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']),
  ports: z
    .array(
      z.looseObject({
        /** Name of the Service's port; absent or '' where that has none. */
        name: z.string().optional(),
        port: z.int().optional(),
        protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
        appProtocol: z.string().optional(),
      }),
    )
    .default([]),
  endpoints: z
    .array(
      z.looseObject({
        addresses: z.array(z.string()).min(1),
        /** Absent conditions: `ready` and `serving` are true, `terminating` is false. */
        conditions: z
          .looseObject({
            ready: z.boolean().optional(),
            serving: z.boolean().optional(),
            terminating: z.boolean().optional(),
          })
          .optional(),
        hostname: z.string().optional(),
        nodeName: z.string().optional(),
        zone: z.string().optional(),
        targetRef: z
          .looseObject({
            kind: z.string().optional(),
            namespace: z.string().optional(),
            name: z.string().optional(),
          })
          .optional(),
        hints: z
          .looseObject({ forZones: z.array(z.looseObject({ name: z.string() })).optional() })
          .optional(),
      }),
    )
    .default([]),
});

export type EndpointSlice = TypeOf<typeof endpointSliceSchema>;
