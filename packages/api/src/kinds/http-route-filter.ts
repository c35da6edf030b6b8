// HTTPRoute: what is done to a request or its response on the way (GEP: HTTPRouteFilter).

import { z } from 'zod';
import { pathProblem } from './path.ts';
import { backendReferenceFields, requireServicePort } from './reference.ts';
import { headerName, port, preciseHostname } from './scalar.ts';
import { uniqueBy } from './unique.ts';
import { unsupportedType } from './unsupported.ts';

/** Names that frame the message or belong to one hop (RFC 9110 7.6.1): editing them would break it. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const editableName = headerName.check(({ value, issues }) => {
  const name = value.toLowerCase();
  const message = OF_THE_CONNECTION.has(name)
    ? `must not be ${value}: it belongs to the connection, which the proxy keeps`
    : name === 'host'
      ? 'must not be Host: use URLRewrite with hostname'
      : undefined;
  if (message !== undefined) issues.push({ code: 'custom', path: [], input: value, message });
});

/** RFC 9110 5.5: no control characters but tab, no space at the ends. */
const headerValue = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?$/, {
    error: 'must be a header value: no control characters, no space at its ends',
  });

const header = z.strictObject({ name: editableName, value: headerValue });
const headerList = z
  .array(header)
  .max(16)
  .check(uniqueBy('name', (entry) => entry.name.toLowerCase()));

const headerModifier = z.strictObject({
  set: headerList.optional(),
  add: headerList.optional(),
  remove: z.array(editableName).max(16).optional(),
});

const replacement = z
  .string()
  .max(1024)
  .check(({ value, issues }) => {
    const message = pathProblem(value);
    if (message !== undefined) issues.push({ code: 'custom', path: [], input: value, message });
  });

const pathModifier = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ReplaceFullPath'), replaceFullPath: replacement }),
  // Nothing in place of the prefix takes it away.
  z.strictObject({
    type: z.literal('ReplacePrefixMatch'),
    replacePrefixMatch: z.literal('').or(replacement),
  }),
]);

const requestRedirect = z.strictObject({
  scheme: z.enum(['http', 'https']).optional(),
  hostname: preciseHostname.optional(),
  path: pathModifier.optional(),
  port: port.optional(),
  statusCode: z
    .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)], {
      error: 'must be 301, 302, 303, 307 or 308',
    })
    .default(302),
});

const urlRewrite = z.strictObject({
  hostname: preciseHostname.optional(),
  path: pathModifier.optional(),
});

const requestMirror = z
  .strictObject({
    backendRef: z.strictObject(backendReferenceFields).check(requireServicePort),
    /** Share of the requests that are copied; neither: all of them. */
    percent: z.int().min(0).max(100).optional(),
    fraction: z
      .strictObject({ numerator: z.int().min(0), denominator: z.int().min(1).default(100) })
      .refine(({ numerator, denominator }) => numerator <= denominator, {
        error: 'must be at most 1: numerator <= denominator',
      })
      .optional(),
  })
  .refine((mirror) => mirror.percent === undefined || mirror.fraction === undefined, {
    error: 'must not be set beside fraction',
    path: ['percent'],
  });

/** Those that a GRPCRoute has too. */
export const sharedFilters = [
  z.strictObject({ type: z.literal('RequestHeaderModifier'), requestHeaderModifier: headerModifier }),
  z.strictObject({ type: z.literal('ResponseHeaderModifier'), responseHeaderModifier: headerModifier }),
  z.strictObject({ type: z.literal('RequestMirror'), requestMirror }),
] as const;

export const httpRouteFilter = z.discriminatedUnion('type', [
  ...sharedFilters,
  z.strictObject({ type: z.literal('RequestRedirect'), requestRedirect }),
  z.strictObject({ type: z.literal('URLRewrite'), urlRewrite }),
  unsupportedType('CORS'),
  unsupportedType('ExternalAuth'),
  unsupportedType('ExtensionRef'),
]);
