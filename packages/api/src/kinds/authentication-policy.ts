// AuthenticationPolicy (weft.dev/v1alpha1): whether callers of a workload have to prove who they are.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import { MOST_SPECIFIC_WINS } from './precedence.ts';
import { port } from './scalar.ts';
import { workloadTargets } from './target-ref.ts';
import type { TypeOf } from './type-of.ts';
import { uniqueBy } from './unique.ts';

export const mtlsMode = z.enum(['STRICT', 'PERMISSIVE', 'DISABLE']);

export const authenticationPolicySchema = z.strictObject({
  apiVersion: z.literal('weft.dev/v1alpha1'),
  kind: z.literal('AuthenticationPolicy'),
  metadata: namespacedMetadata,
  spec: z
    .strictObject({
      targetRefs: workloadTargets,
      mtls: z
        .strictObject({
          mode: mtlsMode.describe(
            '`STRICT` refuses callers without a certificate of the mesh. `PERMISSIVE` takes both. `DISABLE` takes ' +
              `plain text only. ${MOST_SPECIFIC_WINS}`,
          ),
          ports: z
            .array(
              z.strictObject({
                port: port.describe('Port of the workload (the container port, not that of a Service).'),
                mode: mtlsMode.describe('The mode on this port.'),
              }),
            )
            .min(1)
            .max(64)
            .check(uniqueBy('port'))
            .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port'] })
            .optional()
            .describe(
              'Ports with another mode than the rest. Default: none. Goes with `mode`, never merged.',
            ),
        })
        .describe('Mutual TLS between sidecars.'),
    })
    .describe('How callers are authenticated.'),
  status: z.unknown().optional(),
});

export type AuthenticationPolicy = TypeOf<typeof authenticationPolicySchema>;
export type MtlsMode = z.output<typeof mtlsMode>;
