// ReferenceGrant (gateway.networking.k8s.io/v1): lets objects of other namespaces refer to objects of this one.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import { namespaceName, objectName } from './scalar.ts';
import type { TypeOf } from './type-of.ts';

export const referenceGrantSchema = z.strictObject({
  apiVersion: z.literal(['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1']),
  kind: z.literal('ReferenceGrant'),
  metadata: namespacedMetadata,
  spec: z.strictObject({
    from: z
      .array(z.strictObject({ group: z.string(), kind: z.string().min(1), namespace: namespaceName }))
      .min(1)
      .max(16),
    /** Without a name: every object of that kind. */
    to: z
      .array(z.strictObject({ group: z.string(), kind: z.string().min(1), name: objectName.optional() }))
      .min(1)
      .max(16),
  }),
  status: z.unknown().optional(),
});

export type ReferenceGrant = TypeOf<typeof referenceGrantSchema>;
