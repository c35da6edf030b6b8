// BackendTrafficPolicy (weft.dev/v1alpha1): how clients reach the endpoints of a Service.

import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { namespacedMetadata } from './metadata.ts';
import { duration } from './scalar.ts';
import { serviceTargets } from './target-ref.ts';
import type { TypeOf } from './type-of.ts';

const CONFLICT =
  'On conflict, field by field: a policy for the Service wins over one for its namespace, that over one for the ' +
  'mesh; among equals the oldest, then the first by namespace and name.';

const positiveDuration = duration.refine((text) => parseDuration(text) !== 0, {
  error: 'must be more than 0s',
});

const timeouts = z.strictObject({
  streamIdle: positiveDuration
    .optional()
    .describe(
      'HTTP: a request during which no byte passes in either direction for so long is ended, with status 504 before ' +
        'the head of the response, by a reset after it. It holds for all that clients send to the Service, wherever ' +
        'its routes lead. Default: 5m. ' +
        CONFLICT,
    ),
  connectionIdle: positiveDuration
    .optional()
    .describe(
      `TCP: a connection on which no byte passes in either direction for so long is closed. Default: 1h. ${CONFLICT}`,
    ),
});

export const backendTrafficPolicySchema = z.strictObject({
  apiVersion: z.literal('weft.dev/v1alpha1'),
  kind: z.literal('BackendTrafficPolicy'),
  metadata: namespacedMetadata,
  spec: z
    .strictObject({
      targetRefs: serviceTargets,
      loadBalancer: z
        .strictObject({
          type: z
            .enum(['LeastRequest', 'RoundRobin', 'Random'])
            .describe('`LeastRequest` takes the less busy of two endpoints drawn at random.'),
        })
        .optional()
        .describe(`How an endpoint is chosen for a request. Default: LeastRequest. ${CONFLICT}`),
      connectTimeout: positiveDuration
        .optional()
        .describe(`How long a connection to an endpoint may take to open. Default: 1s. ${CONFLICT}`),
      timeouts: timeouts
        .optional()
        .describe(
          'How long nothing may happen, in steps of 250ms. The limits of whole requests are those of an HTTPRoute.',
        ),
    })
    .describe('How clients reach the endpoints.'),
  status: z.unknown().optional(),
});

export type BackendTrafficPolicy = TypeOf<typeof backendTrafficPolicySchema>;
