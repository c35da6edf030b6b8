// Field types that several parts of the proxy's configuration share.

import { z } from 'zod';

export const port = z.int().min(1).max(65535);
/** Up to the 24.8 days that a timer takes. */
export const milliseconds = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
export const weight = z.int().min(0).max(1_000_000).default(1);
export const strings = z.array(z.string());
export const address = z.string().default('127.0.0.1');

export const objectRef = z
  .string()
  .describe('The object that it was made from: `HTTPRoute/bookshop/reviews`.');

export const invalid = z
  .string()
  .optional()
  .describe('Set where it cannot be served: requests are answered 500 with this text.');

export const protocol = z
  .enum(['http', 'http2', 'grpc', 'tcp', 'tls', 'detect'])
  .meta({ id: 'Protocol', description: '`detect` tells it from the first bytes of whoever speaks first.' });

/** A field that may be left out: the proxy's decoder works its value out from others. */
export function derived<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().transform((value) => value as z.output<Schema>);
}

export const workload = z
  .strictObject({
    namespace: z.string().default('default'),
    name: z.string(),
    app: derived(z.string()).describe('Default: the name.'),
    version: z.string().default('latest'),
    pod: z.string().optional(),
  })
  .meta({ id: 'Workload', description: 'A workload as metrics and logs name it.' });

export const service = z
  .strictObject({ namespace: z.string().default('default'), name: z.string() })
  .meta({ id: 'Service', description: 'A Service as metrics name it.' });
