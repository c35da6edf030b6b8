// Field types that several kinds share. Each checks form only; what it refers to is looked up later.

import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from '../duration.ts';

export const port = z.int().min(1).max(65535);

/** RFC 1123 subdomain, as names of most objects are. */
export const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, {
    error: 'must be lower-case letters, digits, "-" and ".", and begin and end with a letter or digit',
  });

/** RFC 1123 label. */
export const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
    error: 'must be lower-case letters, digits and "-", and begin and end with a letter or digit',
  });

/** What a timer takes (2³¹ ms), rounded down to days. */
const LONGEST_MS = 24 * 24 * 3_600_000;

const A_DURATION = 'must be a duration such as 500ms, 2s, 1m30s or 1h';

/** GEP-2257, as a string; `duration.ts` reads it. */
export const duration = z
  .string({ error: ({ input }) => (typeof input === 'number' ? A_DURATION : undefined) })
  .regex(DURATION_PATTERN, { error: A_DURATION })
  .refine((text) => (parseDuration(text) ?? 0) <= LONGEST_MS, { error: 'must be at most 576h (24 days)' });

/** RFC 9110 token. */
export const headerName = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/, { error: 'must be a header name: letters, digits and "-"' });

/** A host without port; `*.` may stand for the first labels where the field allows it. */
export const preciseHostname = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
    error: 'must be a lower-case host name without port',
  });

export const hostname = z
  .string()
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
    error: 'must be a lower-case host name without port, "*." may stand for its first labels',
  });

/** A port by number, or by the name that a container gives it. */
export const portOrName = z.union([z.int(), z.string()], { error: 'must be a port number or a port name' });

export const labels = z.record(z.string(), z.string());
