// HTTPRoute: which requests a rule is for (GEP: HTTPRouteMatch).

import { z } from 'zod';
import { pathProblem } from './path.ts';
import { headerName } from './scalar.ts';
import { uniqueBy } from './unique.ts';

const PATH_MATCH_TYPES = ['Exact', 'PathPrefix', 'RegularExpression'] as const;

const pathMatch = z
  .strictObject({
    type: z.enum(PATH_MATCH_TYPES).default('PathPrefix'),
    value: z.string().max(1024).default('/'),
  })
  .check(({ value: path, issues }) => {
    if (path.type === 'RegularExpression') return;
    const message = pathProblem(path.value);
    if (message !== undefined) issues.push({ code: 'custom', path: ['value'], input: path.value, message });
  });

const VALUE_MATCH_TYPES = ['Exact', 'RegularExpression'] as const;

const headerMatch = z.strictObject({
  type: z.enum(VALUE_MATCH_TYPES).default('Exact'),
  name: headerName,
  value: z.string().min(1).max(4096),
});

/** The same in a GRPCRoute. */
export const headerMatches = z
  .array(headerMatch)
  .max(16)
  .check(uniqueBy('name', (header) => header.name.toLowerCase()));

const queryMatch = z.strictObject({
  type: z.enum(VALUE_MATCH_TYPES).default('Exact'),
  name: headerName,
  value: z.string().min(1).max(1024),
});

export const httpRouteMatch = z.strictObject({
  path: pathMatch.prefault({}),
  headers: headerMatches.optional(),
  queryParams: z.array(queryMatch).max(16).check(uniqueBy('name')).optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']).optional(),
});
