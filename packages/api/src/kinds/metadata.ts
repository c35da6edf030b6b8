// `metadata`, the same for every kind. Loose: Kubernetes and its tools keep more there than Weft reads.

import { z } from 'zod';
import { labels, namespaceName, objectName } from './scalar.ts';

const shared = {
  name: objectName,
  labels: labels.optional(),
  annotations: labels.optional(),
  uid: z.string().optional(),
  generation: z.int().optional(),
  resourceVersion: z.string().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  ownerReferences: z
    .array(
      z.looseObject({
        apiVersion: z.string(),
        kind: z.string(),
        name: z.string(),
        uid: z.string().optional(),
      }),
    )
    .optional(),
};

export const namespacedMetadata = z.looseObject({ ...shared, namespace: namespaceName.default('default') });
export const clusterMetadata = z.looseObject(shared);
