// The string patterns of AuthorizationPolicy. What cannot ever match is refused, so that no rule is dead unseen.

import { z } from 'zod';
import { normalPathProblem } from './path.ts';

/** `*` at the start or at the end. */
const EDGE_WILDCARD = /^\*?[^*]*\*?$/;

export const identityPattern = z
  .string()
  .max(512)
  .regex(EDGE_WILDCARD, { error: 'must have "*" at the start or at the end only' })
  .regex(/^(spiffe:\/\/[^*]|spiffe:\/\/\*$|\*)/, {
    error: 'must be a SPIFFE id such as spiffe://cluster.local/ns/shop/sa/web, or begin with "*"',
  });

export const serviceAccountReference = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, {
    error: 'must be the name of a service account, or <namespace>/<name>',
  });

const SOME_ADDRESS = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

export const addressRange = z.string().refine((text) => SOME_ADDRESS.safeParse(text).success, {
  error: 'must be an IP address or a CIDR such as 10.0.0.0/8',
});

/** RFC 9110 method names are case-sensitive; all that are registered are upper-case. */
export const method = z.string().regex(/^[A-Z][A-Z-]*$/, { error: 'must be an upper-case HTTP method' });

export const hostPattern = z
  .string()
  .max(255)
  .regex(EDGE_WILDCARD, { error: 'must have "*" at the start or at the end only' })
  .regex(/^[^A-Z/:]+$/, { error: 'must be lower-case, without scheme, port and path' });

/** `{*}` is one whole element, `{**}` the rest, so it comes last. */
const TEMPLATE = /^(\/([^/{}*]+|\{\*\}))*\/(\{\*\*\}|\{\*\}|[^/{}*]*)$/;

export const pathPattern = z
  .string()
  .max(1024)
  .regex(/^[/*]/, { error: 'must begin with "/" or "*"' })
  .check(({ value, issues }) => {
    const message = patternProblem(value);
    if (message !== undefined) issues.push({ code: 'custom', path: [], input: value, message });
  });

function patternProblem(pattern: string): string | undefined {
  if (!(/[{}]/.test(pattern) ? TEMPLATE : EDGE_WILDCARD).test(pattern)) {
    return 'must be exact, /prefix*, *suffix, or a template: {*} for one element, {**} at the end for the rest';
  }
  const example = pattern.replaceAll(/\{\*{1,2}\}|^\*|\*$/g, 'x');
  return normalPathProblem(example.startsWith('/') ? example : `/${example}`);
}

/** Wildcards as in identities; `*` alone: any value. */
export const valuePattern = z
  .string()
  .max(4096)
  .regex(EDGE_WILDCARD, { error: 'must have "*" at the start or at the end only' });
