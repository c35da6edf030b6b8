// Outbounds: the destinations that a workload may call.

import type { Backend, HttpRule, Outbound, Protocol, TcpRule, Timeouts } from '@weft/api/proxy-config/types';
import {
  array,
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
} from './decoder.ts';
import { checkFilters, httpFilter } from './http-filter.ts';
import { httpMatch } from './http-match.ts';
import { hostname, milliseconds, name, weight } from './scalar.ts';

export const protocol: Decoder<Protocol> = oneOf('http', 'http2', 'grpc', 'tcp', 'tls', 'detect');

const backend = object<Backend>({
  cluster: required(name),
  weight: defaulted(weight, 1),
  filters: defaulted(array(httpFilter), []),
  invalid: optional(string),
});

const timeouts = object<Timeouts>({
  requestMs: optional(milliseconds),
  backendRequestMs: optional(milliseconds),
  idleMs: optional(milliseconds),
});

/** Stand for what only the Outbound around the rule can fill in. */
const REF_BY_OUTBOUND = '';
const INDEX_BY_PLACE = -1;

const httpRule: Decoder<HttpRule> = refined(
  object<HttpRule>({
    ref: defaulted(name, REF_BY_OUTBOUND),
    index: defaulted(integer(0, Number.MAX_SAFE_INTEGER), INDEX_BY_PLACE),
    name: optional(name),
    hostnames: defaulted(array(hostname), []),
    matches: defaulted(array(httpMatch), []),
    filters: defaulted(array(httpFilter), []),
    backends: defaulted(array(backend), []),
    timeouts: defaulted(timeouts, {}),
    invalid: optional(string),
  }),
  checkRule,
);

function checkRule(rule: HttpRule, at: string, errors: FieldError[]): HttpRule {
  const hasPrefix = rule.matches.every(
    ({ path, grpc }) => grpc === undefined && (path === undefined || path.kind === 'prefix'),
  );
  checkFilters(rule.filters, hasPrefix, join(at, 'filters'), errors);
  for (const [i, { filters }] of rule.backends.entries()) {
    checkFilters(filters, hasPrefix, join(at, `backends[${i}].filters`), errors);
  }
  return rule;
}

const tcpRule: Decoder<TcpRule> = refined(
  object<TcpRule>({
    ref: defaulted(name, REF_BY_OUTBOUND),
    index: defaulted(integer(0, Number.MAX_SAFE_INTEGER), INDEX_BY_PLACE),
    name: optional(name),
    hostnames: defaulted(array(hostname), []),
    backends: defaulted(array(backend), []),
    invalid: optional(string),
  }),
  (rule, at, errors) => {
    for (const [i, { filters }] of rule.backends.entries()) {
      if (filters.length === 0) continue;
      reject(errors, join(at, `backends[${i}].filters`), 'have no meaning for a connection that is not HTTP');
    }
    return rule;
  },
);

export const outbound: Decoder<Outbound> = refined(
  object<Outbound>({
    name: required(name),
    protocol: defaulted(protocol, 'detect'),
    rules: defaulted(array(httpRule), []),
    tcpRules: defaulted(array(tcpRule), []),
    invalid: optional(string),
    idleTimeoutMs: optional(milliseconds),
  }),
  (value) => ({
    ...value,
    rules: value.rules.map((rule, place) => placeRule(rule, value.name, place)),
    tcpRules: value.tcpRules.map((rule, place) => placeRule(rule, value.name, place)),
  }),
);

/** A rule of a file that names no route is the Outbound's own, numbered by its place. */
function placeRule<R extends HttpRule | TcpRule>(rule: R, outboundName: string, place: number): R {
  return {
    ...rule,
    ref: rule.ref === REF_BY_OUTBOUND ? `Outbound/${outboundName}` : rule.ref,
    index: rule.index === INDEX_BY_PLACE ? place : rule.index,
  };
}
