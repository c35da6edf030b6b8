// ConfigMap (v1): settings that containers get as environment variables, and roots that a BackendTLSPolicy names.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import type { TypeOf } from './type-of.ts';

export const configMapSchema = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata: namespacedMetadata,
  data: z.record(z.string(), z.string()).default({}),
  /** Base64. */
  binaryData: z.record(z.string(), z.string()).optional(),
});

export type ConfigMap = TypeOf<typeof configMapSchema>;
