// Matches of HTTP rules.

import type { GrpcMatch, HttpMatch, ValueMatch } from '@weft/api/proxy-config/types';
import {
  array,
  type Decoder,
  defaulted,
  describe,
  type FieldError,
  join,
  object,
  oneOf,
  optional,
  refined,
  reject,
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

const GRPC_NAMES = {
  service: /^\.?[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*$/,
  method: /^[A-Za-z_][A-Za-z_0-9]*$/,
} as const;

const grpcMatch: Decoder<GrpcMatch> = refined(
  object<GrpcMatch>({
    kind: defaulted(oneOf('exact', 'regex'), 'exact'),
    service: optional(string),
    method: optional(string),
  }),
  (match, at, errors) => {
    for (const part of ['service', 'method'] as const) {
      const text = match[part];
      if (text === undefined) continue;
      if (match.kind === 'regex') regex(text, join(at, part), errors);
      else if (!GRPC_NAMES[part].test(text)) {
        reject(errors, join(at, part), `has to be the name of a gRPC ${part}, not ${describe(text)}`);
      }
    }
    return match;
  },
);

export const httpMatch: Decoder<HttpMatch> = refined(
  object<HttpMatch>({
    path: optional(pathMatch),
    method: optional(method),
    grpc: optional(grpcMatch),
    headers: optional(array(valueMatch(headerName))),
    query: optional(array(valueMatch(name))),
  }),
  (match, at, errors) =>
    match.grpc !== undefined && (match.path !== undefined || match.method !== undefined)
      ? reject(errors, join(at, 'grpc'), 'has to stand without `path` and `method`: it says both')
      : match,
);
