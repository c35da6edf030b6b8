// Node (v1): its label `topology.kubernetes.io/zone` is the zone of the Pods on it.

import { z } from 'zod';
import { clusterMetadata } from './metadata.ts';
import type { TypeOf } from './type-of.ts';

export const nodeSchema = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Node'),
  metadata: clusterMetadata,
});

export type Node = TypeOf<typeof nodeSchema>;
