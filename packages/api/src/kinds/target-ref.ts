// `targetRefs`: what a policy is for (GEP-713). The same in every policy.

import { z } from 'zod';
import { objectName } from './scalar.ts';

const SCOPE =
  'What the policy is for, in its own namespace. Default: everything in the namespace; in the namespace ' +
  '`weft-system`, everything in the mesh.';

const GROUP_OF_KIND = { Service: '', Deployment: 'apps', StatefulSet: 'apps' } as const;
type TargetKind = keyof typeof GROUP_OF_KIND;

function targetReference<const Kinds extends readonly [TargetKind, ...TargetKind[]]>(kinds: Kinds) {
  return z
    .strictObject({
      group: z
        .string()
        .optional()
        .describe('API group of the target. Default: the one of its kind (`apps`; `""` for a Service).'),
      kind: z.enum(kinds).describe('Kind of the target.'),
      name: objectName.describe('Name of the target.'),
    })
    .check(({ value, issues }) => {
      const expected = GROUP_OF_KIND[value.kind as TargetKind];
      if (value.group === undefined || value.group === expected) return;
      issues.push({
        code: 'custom',
        path: ['group'],
        input: value.group,
        message: `must be "${expected}" for kind ${value.kind}`,
      });
    })
    .meta({
      'x-kubernetes-validations': [
        {
          rule: "!has(self.group) || self.group == (self.kind == 'Service' ? '' : 'apps')",
          message: 'group must be the one of the kind: "" for a Service, apps for the others',
        },
      ],
    });
}

/** A policy that takes effect at the server: for the Pods of a workload, or those behind a Service. */
export const workloadTargets = z
  .array(targetReference(['Service', 'Deployment', 'StatefulSet']))
  .min(1)
  .max(16)
  .optional()
  .describe(SCOPE);

/** A policy that takes effect at the client, for what it sends to a Service. */
export const serviceTargets = z
  .array(targetReference(['Service']))
  .min(1)
  .max(16)
  .optional()
  .describe(SCOPE);
