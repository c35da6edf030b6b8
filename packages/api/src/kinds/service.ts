// Service (v1): a name that clients call, its ports, and the Pods behind it.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import { labels, port, portOrName } from './scalar.ts';
import type { TypeOf } from './type-of.ts';

export const serviceSchema = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata: namespacedMetadata,
  spec: z
    .looseObject({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
      /** Labels of the Pods behind it; absent: somebody else keeps its EndpointSlices. */
      selector: labels.optional(),
      ports: z
        .array(
          z.looseObject({
            /** May be absent only where there is one port. */
            name: z.string().optional(),
            port,
            /** Default: the same as `port`. */
            targetPort: portOrName.optional(),
            protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
            appProtocol: z.string().optional(),
            nodePort: z.int().optional(),
          }),
        )
        .default([]),
      /** `None`: headless. */
      clusterIP: z.string().optional(),
      clusterIPs: z.array(z.string()).optional(),
      externalName: z.string().optional(),
      publishNotReadyAddresses: z.boolean().default(false),
    })
    .check(({ value, issues }) => {
      if (value.ports.length < 2) return;
      const seen = new Set<string>();
      for (const [index, { name }] of value.ports.entries()) {
        if (name === undefined) {
          issues.push({
            code: 'custom',
            path: ['ports', index, 'name'],
            input: name,
            message: 'is required where a Service has several ports',
          });
        } else if (seen.has(name)) {
          issues.push({
            code: 'custom',
            path: ['ports', index, 'name'],
            input: name,
            message: `"${name}" is the name of an earlier port; names must differ`,
          });
        } else {
          seen.add(name);
        }
      }
    }),
});

export type Service = TypeOf<typeof serviceSchema>;
