// Filters of HTTP rules and backends.

import type { HeaderEdit, HttpFilter, PathEdit } from '@weft/api/proxy-config/types';
import { WHOLE_SHARE } from '../../filters/mirror/mirror.ts';
import {
  array,
  checked,
  type Decoder,
  defaulted,
  type FieldError,
  integer,
  join,
  object,
  oneOf,
  optional,
  refined,
  reject,
  required,
  string,
  tagged,
} from './decoder.ts';
import { headerName, headerValue, name, path, port, preciseHostname } from './scalar.ts';

/** Names that frame the message or belong to one hop (RFC 9110 7.6.1): a filter that edits them breaks it. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const editableName = checked(headerName, (text) => {
  if (text === 'host') return 'can not be edited as a header; use a rewrite filter with `hostname`';
  return FRAMING.has(text) ? `\`${text}\` belongs to the connection and can not be edited` : undefined;
});

const headerLine: Decoder<readonly [string, string]> = (value, at, errors) => {
  if (!Array.isArray(value) || value.length !== 2)
    return reject(errors, at, 'has to be a pair [name, value]');
  const line = [editableName(value[0], `${at}[0]`, errors), headerValue(value[1], `${at}[1]`, errors)];
  return line.includes(undefined) ? undefined : (line as [string, string]);
};

const headerEdit = object<HeaderEdit>({
  set: defaulted(array(headerLine), []),
  add: defaulted(array(headerLine), []),
  remove: defaulted(array(editableName), []),
});

/** An empty replacement of a prefix takes the prefix away. */
const pathEdit: Decoder<PathEdit> = refined(
  object<PathEdit>({ kind: required(oneOf('full', 'prefix')), value: required(string) }),
  ({ kind, value }, at, errors) => {
    const decoded = kind === 'prefix' && value === '' ? '' : path(value, join(at, 'value'), errors);
    return decoded === undefined ? undefined : { kind, value: decoded };
  },
);

type FilterOf<K extends HttpFilter['kind']> = Extract<HttpFilter, { kind: K }>;

const REDIRECTS = [301, 302, 303, 307, 308];

export const httpFilter: Decoder<HttpFilter> = tagged<HttpFilter>({
  'request-headers': object<FilterOf<'request-headers'>>({
    kind: required(oneOf('request-headers')),
    edit: required(headerEdit),
  }),
  'response-headers': object<FilterOf<'response-headers'>>({
    kind: required(oneOf('response-headers')),
    edit: required(headerEdit),
  }),
  redirect: object<FilterOf<'redirect'>>({
    kind: required(oneOf('redirect')),
    scheme: optional(oneOf('http', 'https')),
    hostname: optional(preciseHostname),
    port: optional(port),
    path: optional(pathEdit),
    status: defaulted(
      checked(integer(301, 308), (status) =>
        REDIRECTS.includes(status) ? undefined : `has to be one of ${REDIRECTS.join(', ')}`,
      ),
      302,
    ),
  }),
  rewrite: object<FilterOf<'rewrite'>>({
    kind: required(oneOf('rewrite')),
    hostname: optional(preciseHostname),
    path: optional(pathEdit),
  }),
  mirror: object<FilterOf<'mirror'>>({
    kind: required(oneOf('mirror')),
    cluster: required(name),
    share: defaulted(integer(0, WHOLE_SHARE), WHOLE_SHARE),
  }),
  invalid: object<FilterOf<'invalid'>>({ kind: required(oneOf('invalid')), reason: required(string) }),
});

/** The filters of one rule or backend. `hasPrefix`: whether every match of the rule has a path prefix. */
export function checkFilters(
  filters: readonly HttpFilter[],
  hasPrefix: boolean,
  at: string,
  errors: FieldError[],
): void {
  const once = new Set<string>();
  for (const [i, filter] of filters.entries()) {
    if (filter.kind !== 'redirect' && filter.kind !== 'rewrite') continue;
    if (once.has(filter.kind)) reject(errors, `${at}[${i}]`, `there can be one ${filter.kind} filter`);
    once.add(filter.kind);
    if (filter.path?.kind === 'prefix' && !hasPrefix) {
      reject(errors, `${at}[${i}].path.kind`, '`prefix` needs a path prefix in every match of the rule');
    }
  }
}
