// The `status` of our kinds in their CRDs: standard conditions, for policies one list for each ancestor (GEP-713).

import { z } from 'zod';

const condition = z.object({
  type: z.string().max(316).describe('`Accepted`, `ResolvedRefs` or `Programmed`.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  observedGeneration: z.int().min(0).optional().describe('Generation of the object that this is about.'),
  lastTransitionTime: z.string().describe('When the status changed last, RFC 3339.'),
  reason: z.string().min(1).max(1024).describe('CamelCase.'),
  message: z.string().max(32_768).describe('For people.'),
});

const conditions = z
  .array(condition)
  .max(8)
  .optional()
  .describe('What became of the object.')
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });

const ancestor = z.object({
  ancestorRef: z
    .object({
      group: z.string().optional(),
      kind: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string(),
    })
    .describe('The target, or what contains it.'),
  controllerName: z.string().describe('`weft.dev/controller`.'),
  conditions,
});

/** For kinds of which there is one, for the whole mesh. */
export const meshStatus = z.object({ conditions }).describe('Set by Weft.');

export const policyStatus = z
  .object({
    ancestors: z.array(ancestor).max(16).optional().describe('What became of the policy, for each target.'),
  })
  .describe('Set by Weft.');
