// Namespace (v1): its name is part of every identity.

import { z } from 'zod';
import { clusterMetadata } from './metadata.ts';
import type { TypeOf } from './type-of.ts';

export const namespaceSchema = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Namespace'),
  metadata: clusterMetadata,
});

export type Namespace = TypeOf<typeof namespaceSchema>;
