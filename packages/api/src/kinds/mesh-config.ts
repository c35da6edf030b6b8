// MeshConfig (weft.dev/v1alpha1): defaults of the whole mesh. There is one, named `default`.

import { z } from 'zod';
import { mtlsMode } from './authentication-policy.ts';
import { clusterMetadata } from './metadata.ts';
import { preciseHostname } from './scalar.ts';
import { ACCESS_LOG_MODES, accessLogFormat, accessLogMode } from './telemetry-policy.ts';
import type { TypeOf } from './type-of.ts';

export const meshConfigSchema = z.strictObject({
  apiVersion: z.literal('weft.dev/v1alpha1'),
  kind: z.literal('MeshConfig'),
  metadata: clusterMetadata.extend({
    name: z.literal('default', { error: 'must be "default": there is one MeshConfig' }),
  }),
  spec: z
    .strictObject({
      trustDomain: preciseHostname
        .default('cluster.local')
        .describe(
          'First part of every identity, spiffe://<trust domain>/ns/<namespace>/sa/<service account>. ' +
            'Default: cluster.local.',
        ),
      mtls: z
        .strictObject({
          mode: mtlsMode
            .default('PERMISSIVE')
            .describe('Mode where no AuthenticationPolicy says otherwise. Default: PERMISSIVE.'),
        })
        .prefault({})
        .describe('Mutual TLS between sidecars.'),
      accessLog: z
        .strictObject({
          mode: accessLogMode.default('errors').describe(`${ACCESS_LOG_MODES} Default: errors.`),
          format: accessLogFormat.default('json').describe('One line for each entry. Default: json.'),
        })
        .prefault({})
        .describe('Access log where no TelemetryPolicy says otherwise.'),
    })
    .prefault({})
    .describe('Defaults of the mesh. A more specific policy wins over each of them.'),
  status: z.unknown().optional(),
});

export type MeshConfig = TypeOf<typeof meshConfigSchema>;
export type MeshConfigSpec = MeshConfig['spec'];
