// TLS of the proxy's own to endpoints that have no mesh identity.

import type { UpstreamTls } from '@weft/api/proxy-config/types';
import {
  array,
  checked,
  type Decoder,
  defaulted,
  join,
  object,
  oneOf,
  optional,
  refined,
  required,
  string,
} from './decoder.ts';
import { certificates } from './mesh.ts';
import { hostname, name, preciseHostname } from './scalar.ts';

/** Stands for what only the Cluster around it can fill in. */
export const REF_BY_CLUSTER = '';

type SubjectAltName = NonNullable<UpstreamTls['subjectAltNames']>[number];

/** RFC 3986 4.3: an absolute URI, as a certificate names it (RFC 5280 4.2.1.6). */
const uri = checked(string, (text) =>
  /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(text) ? undefined : 'has to be an absolute URI',
);

const subjectAltName: Decoder<SubjectAltName> = refined(
  object<SubjectAltName>({ kind: required(oneOf('dns', 'uri')), value: required(string) }),
  ({ kind, value }, at, errors) => {
    const decoded = (kind === 'dns' ? hostname : uri)(value, join(at, 'value'), errors);
    return decoded === undefined ? undefined : { kind, value: decoded };
  },
);

const roots: Decoder<UpstreamTls['roots']> = (value, at, errors) =>
  value === 'system' ? value : certificates(value, at, errors);

export const upstreamTls = object<UpstreamTls>({
  ref: defaulted(name, REF_BY_CLUSTER),
  hostname: required(preciseHostname),
  roots: defaulted(roots, 'system'),
  subjectAltNames: optional(
    checked(array(subjectAltName), (names) =>
      names.length === 0 ? 'has to have at least one name, or to be left out' : undefined,
    ),
  ),
  invalid: optional(string),
});
