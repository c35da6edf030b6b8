// ServiceAccount (v1): who the Pods that run under it are.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import type { TypeOf } from './type-of.ts';

export const serviceAccountSchema = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ServiceAccount'),
  metadata: namespacedMetadata,
});

export type ServiceAccount = TypeOf<typeof serviceAccountSchema>;
