// Secret (v1): as ConfigMap, for what is nobody else's business.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import type { TypeOf } from './type-of.ts';

export const secretSchema = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata: namespacedMetadata,
  type: z.string().default('Opaque'),
  /** Base64. */
  data: z.record(z.string(), z.string()).optional(),
  /** Plain text; wins over `data`. */
  stringData: z.record(z.string(), z.string()).optional(),
});

export type Secret = TypeOf<typeof secretSchema>;
