// Matches of HTTP rules.

import type { HttpMatch, ValueMatch } from '@weft/api/proxy-config/types';
import {
  array,
  type Decoder,
  defaulted,
  type FieldError,
  join,
  object,
  oneOf,
  optional,
  refined,
  required,
  string,
} from './decoder.ts';
import { headerName, method, name, path, regex } from './scalar.ts';

type PathMatch = NonNullable<HttpMatch['path']>;

const pathMatch: Decoder<PathMatch> = refined(
  object<PathMatch>({ kind: required(oneOf('exact', 'prefix', 'regex')), value: required(string) }),
  ({ kind, value }, at, errors) => {
    const decoded = (kind === 'regex' ? regex : path)(value, join(at, 'value'), errors);
    return decoded === undefined ? undefined : { kind, value: decoded };
  },
);

function valueMatch(nameDecoder: Decoder<string>): Decoder<ValueMatch> {
  return refined(
    object<ValueMatch>({
      name: required(nameDecoder),
      kind: defaulted(oneOf('exact', 'regex', 'present'), 'exact'),
      value: defaulted(string, ''),
    }),
    checkRegex,
  );
}

function checkRegex(match: ValueMatch, at: string, errors: FieldError[]): ValueMatch | undefined {
  if (match.kind !== 'regex') return match;
  return regex(match.value, join(at, 'value'), errors) === undefined ? undefined : match;
}

export const httpMatch = object<HttpMatch>({
  path: optional(pathMatch),
  method: optional(method),
  headers: optional(array(valueMatch(headerName))),
  query: optional(array(valueMatch(name))),
});
