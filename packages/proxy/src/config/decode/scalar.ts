// Decoders of the texts and numbers that configuration is made of.

import { parseAddress, parseCidr } from '@weft/common/cidr';
import { TARGET_REFUSALS, toBytes } from '../../router/path.ts';
import { rewritePath } from '../../router/path-segments.ts';
import { compileRegex } from '../../router/regex.ts';
import { checked, type Decoder, describe, integer, refined, reject, string } from './decoder.ts';

export const name = checked(string, (text) => (text === '' ? 'must not be empty' : undefined));

export const port = integer(1, 65_535);

/** Milliseconds, up to the 24.8 days that a timer takes. */
export const milliseconds = integer(1, 2 ** 31 - 1);

/** Weights; Gateway API's range. */
export const weight = integer(0, 1_000_000);

export const address = checked(string, (text) =>
  parseAddress(text) === undefined ? `has to be an IP address, not ${describe(text)}` : undefined,
);

export const cidr = checked(string, (text) =>
  parseCidr(text) === undefined ? `has to be an IP address or CIDR range, not ${describe(text)}` : undefined,
);

export const regex = checked(string, (text) => {
  const result = compileRegex(text);
  return 'error' in result ? `is not a valid RE2 regular expression: ${result.error}` : undefined;
});

/** RFC 9110 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export const method = checked(string, (text) =>
  TOKEN.test(text) ? undefined : `has to be an HTTP method, not ${describe(text)}`,
);

export const headerName = checked(string, (text) => {
  if (!TOKEN.test(text)) return `has to be a header name, not ${describe(text)}`;
  return text === text.toLowerCase() ? undefined : `has to be lower-case: ${text.toLowerCase()}`;
});

/** RFC 9110 5.5: no control characters but tab, and no space at the ends. */
const FIELD_VALUE = /^(?:[!-~\x80-\xff](?:[\t !-~\x80-\xff]*[!-~\x80-\xff])?)?$/;

/** A path in normal form, as requests are compared with it; see router/path.ts. */
export const path: Decoder<string> = refined(string, (text, at, errors) => {
  if (!text.startsWith('/')) return reject(errors, at, `has to begin with /, not ${describe(text)}`);
  const normal = rewritePath(toBytes(text));
  return 'path' in normal
    ? normal.path
    : reject(errors, at, `can not be a path: ${TARGET_REFUSALS[normal.refusal]}`);
});

export const headerValue = checked(string, (text) =>
  FIELD_VALUE.test(text)
    ? undefined
    : 'has a character that a header value must not have, or space at an end',
);

const HOST_LABELS = /^(?:\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** Exact or `*.suffix`. */
export const hostname = checked(string, (text) =>
  HOST_LABELS.test(text) ? undefined : `has to be a lower-case host name or *.suffix, not ${describe(text)}`,
);

/** Exact. */
export const preciseHostname = checked(hostname, (text) =>
  text.startsWith('*') ? 'has to be one host name, without wildcard' : undefined,
);

/** SPIFFE ID specification, section 2. */
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(\/[A-Za-z0-9._-]+)+$/;

export const spiffeId = checked(string, (text) =>
  SPIFFE_ID.test(text)
    ? undefined
    : `has to be a SPIFFE id (spiffe://trust-domain/path), not ${describe(text)}`,
);
