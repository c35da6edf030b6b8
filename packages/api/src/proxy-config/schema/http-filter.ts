// Filters of rules and backends, run in the order given.

import { z } from 'zod';
import { port } from './field.ts';

const headerLine = z.tuple([z.string(), z.string()]);

const headerEdit = z
  .strictObject({
    set: z.array(headerLine).default([]),
    add: z.array(headerLine).default([]),
    remove: z.array(z.string()).default([]),
  })
  .meta({ id: 'HeaderEdit', description: 'Applied in the order remove, set, add. Names lower-case.' });

const pathEdit = z.strictObject({ kind: z.enum(['full', 'prefix']), value: z.string() }).meta({
  id: 'PathEdit',
  description: 'Replaces the whole path, or the prefix that the match named. The query stays.',
});

export const httpFilter = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('request-headers'), edit: headerEdit }),
    z.strictObject({ kind: z.literal('response-headers'), edit: headerEdit }),
    z.strictObject({
      kind: z.literal('redirect'),
      scheme: z.string().optional(),
      hostname: z.string().optional(),
      port: port.optional(),
      path: pathEdit.optional(),
      status: z.int().min(301).max(308).default(302).describe('301, 302, 303, 307 or 308.'),
    }),
    z.strictObject({
      kind: z.literal('rewrite'),
      hostname: z.string().optional(),
      path: pathEdit.optional(),
    }),
    z.strictObject({
      kind: z.literal('mirror'),
      cluster: z.string(),
      share: z.int().min(0).max(1_000_000).default(1_000_000).describe('Of 1,000,000 requests.'),
    }),
    z.strictObject({
      kind: z.literal('invalid'),
      reason: z.string().describe('The request is answered 500 with this text.'),
    }),
  ])
  .meta({ id: 'HttpFilter' });
