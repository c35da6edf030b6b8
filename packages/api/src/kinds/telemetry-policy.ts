// TelemetryPolicy (weft.dev/v1alpha1): what the sidecars of a workload record.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import { MOST_SPECIFIC_WINS } from './precedence.ts';
import { workloadTargets } from './target-ref.ts';
import type { TypeOf } from './type-of.ts';

export const accessLogMode = z.enum(['none', 'errors', 'all']);
export const accessLogFormat = z.enum(['json', 'text']);

export const ACCESS_LOG_MODES =
  '`errors`: status 500 and above, refusals, and everything with a response flag. `all`: every request and ' +
  'connection. `none`: nothing.';

export const telemetryPolicySchema = z.strictObject({
  apiVersion: z.literal('weft.dev/v1alpha1'),
  kind: z.literal('TelemetryPolicy'),
  metadata: namespacedMetadata,
  spec: z
    .strictObject({
      targetRefs: workloadTargets,
      accessLog: z
        .strictObject({
          mode: accessLogMode.optional().describe(`${ACCESS_LOG_MODES} Default: that of MeshConfig.`),
          format: accessLogFormat
            .optional()
            .describe('One line for each entry. Default: that of MeshConfig.'),
        })
        .optional()
        .describe(`Access log of the sidecars. Default: that of MeshConfig. ${MOST_SPECIFIC_WINS}`),
    })
    .describe('What is recorded.'),
  status: z.unknown().optional(),
});

export type TelemetryPolicy = TypeOf<typeof telemetryPolicySchema>;
