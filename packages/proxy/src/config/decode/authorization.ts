// AuthorizationPolicies of a port.

import type {
  AuthorizationOperation,
  AuthorizationRule,
  AuthorizationRuleSet,
  AuthorizationSource,
  HeaderCondition,
} from '@weft/api/proxy-config/types';
import { pathPatternError } from '../../filters/authorization/path-pattern.ts';
import { hasInnerWildcard } from '../../filters/authorization/string-pattern.ts';
import { TARGET_REFUSALS, toBytes } from '../../router/path.ts';
import { rewritePath } from '../../router/path-segments.ts';
import { array, checked, defaulted, object, oneOf, optional, required, string } from './decoder.ts';
import { cidr, headerName, method, name, port } from './scalar.ts';

const pattern = checked(string, (text) =>
  hasInnerWildcard(text) ? '`*` can only stand at the start or the end' : undefined,
);

const hostPattern = checked(pattern, (text) =>
  text === text.toLowerCase() ? undefined : `has to be lower-case: ${text.toLowerCase()}`,
);

const pathPattern = checked(string, (text) => pathPatternError(text) ?? neverMatches(text));

/** A pattern that no normalised path can match would be a policy with a hole. */
function neverMatches(text: string): string | undefined {
  const example = text.replaceAll(/\{\*{1,2}\}|^\*|\*$/g, 'x').replace(/^(?!\/)/, '/');
  const normal = rewritePath(toBytes(example));
  if ('refusal' in normal)
    return `can not match, since such requests are refused: ${TARGET_REFUSALS[normal.refusal]}`;
  if (normal.path === example) return undefined;
  return `can not match, since paths are normalised before: a path like ${example} becomes ${normal.path}`;
}

const source = object<AuthorizationSource>({
  identities: optional(array(pattern)),
  notIdentities: optional(array(pattern)),
  namespaces: optional(array(pattern)),
  notNamespaces: optional(array(pattern)),
  addresses: optional(array(cidr)),
  notAddresses: optional(array(cidr)),
});

const operation = object<AuthorizationOperation>({
  methods: optional(array(method)),
  notMethods: optional(array(method)),
  paths: optional(array(pathPattern)),
  notPaths: optional(array(pathPattern)),
  hosts: optional(array(hostPattern)),
  notHosts: optional(array(hostPattern)),
  ports: optional(array(port)),
  notPorts: optional(array(port)),
});

const headerCondition = object<HeaderCondition>({
  header: required(headerName),
  values: optional(array(pattern)),
  notValues: optional(array(pattern)),
});

const rule = object<AuthorizationRule>({
  from: defaulted(array(source), []),
  to: defaulted(array(operation), []),
  when: defaulted(array(headerCondition), []),
});

export const authorizationRuleSet = object<AuthorizationRuleSet>({
  ref: required(name),
  action: required(oneOf('ALLOW', 'DENY', 'AUDIT')),
  rules: defaulted(array(rule), []),
  invalid: optional(string),
});
