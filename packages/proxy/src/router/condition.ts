// Conditions of a route's match, each able to test a request and to say what it expected and found.
// The router and its trace share them, so that `weft explain` can not tell another story than the proxy.

import type { HttpMatch, ValueMatch } from '@weft/api/proxy-config/types';
import type { RequestView } from '../stack/request-view.ts';
import { GRPC_ONLY, grpcPathCondition } from './grpc-match.ts';
import { coversHost, hostnameOf } from './hostname.ts';
import { prefixKey } from './path-index.ts';
import { queryValue } from './query.ts';
import { mustCompileRegex } from './regex.ts';

/** Why something did not match: which condition, what it wanted, what the request had. */
export interface Mismatch {
  /** Where the condition stands: `matches[0].headers[1]`, `from[0].identities`. */
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

export interface Condition {
  /** Relative to the match: `path`, `method`, `headers.x-user`. */
  readonly field: string;
  /** In words: `exactly /a`, `a prefix of /a`. */
  readonly expected: string;
  test(view: RequestView): boolean;
  /** What the request has there, in words. */
  actual(view: RequestView): string;
}

/** All of a match, in the order in which a trace reports them. Throws on a regex that was not decoded. */
export interface MatchConditions {
  readonly path: Condition;
  /** Method, headers, query parameters: cheap ones first. */
  readonly others: readonly Condition[];
}

export function matchConditions(match: HttpMatch): MatchConditions {
  return {
    path: match.grpc === undefined ? pathCondition(match.path) : grpcPathCondition(match.grpc),
    others: [
      ...(match.grpc === undefined ? [] : [GRPC_ONLY]),
      ...(match.method === undefined ? [] : [methodCondition(match.method)]),
      ...firstOfEachName(match.headers).map((header) => headerCondition(header)),
      ...firstOfEachName(match.query).map((parameter) => queryCondition(parameter)),
    ],
  };
}

/** Gateway API: of several entries with the same name only the first is considered. */
export function firstOfEachName(entries: readonly ValueMatch[] = []): readonly ValueMatch[] {
  return entries.filter((entry, index) => entries.findIndex(({ name }) => name === entry.name) === index);
}

/** Whether any of the hostnames covers the request's host. */
export function hostnameCondition(hostnames: readonly string[]): Condition {
  return {
    field: 'hostnames',
    expected: hostnames.length === 0 ? 'any host' : hostnames.join(' or '),
    test: (view) =>
      hostnames.length === 0 ||
      hostnames.some((hostname) => coversHost(hostname, hostnameOf(view.authority))),
    actual: (view) => hostnameOf(view.authority),
  };
}

function pathCondition(path: HttpMatch['path']): Condition {
  return {
    field: 'path',
    ...pathTest(path ?? { kind: 'prefix', value: '/' }),
    actual: (view) => view.path,
  };
}

function pathTest({ kind, value }: NonNullable<HttpMatch['path']>): Pick<Condition, 'expected' | 'test'> {
  switch (kind) {
    case 'exact':
      return { expected: `exactly ${value}`, test: (view) => view.path === value };
    case 'prefix': {
      const prefix = prefixKey(value);
      return { expected: `prefix ${value}`, test: (view) => hasPrefix(view.path, prefix) };
    }
    case 'regex': {
      const regex = mustCompileRegex(value);
      return { expected: `regex ${value}`, test: (view) => regex.testExact(view.path) };
    }
  }
}

/** Whether whole elements of the path are the prefix (by prefixKey). */
function hasPrefix(path: string, prefix: string): boolean {
  if (prefix === '') return true;
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
}

function methodCondition(method: string): Condition {
  return {
    field: 'method',
    expected: method,
    test: (view) => view.method === method,
    actual: (view) => view.method,
  };
}

function headerCondition(match: ValueMatch): Condition {
  const { name } = match;
  const holds = valueTest(match);
  return {
    field: `headers.${name}`,
    expected: expectedValue(match),
    test: (view) => holds(view.header(name)),
    actual: (view) => view.header(name) ?? 'absent',
  };
}

function queryCondition(match: ValueMatch): Condition {
  const { name } = match;
  const holds = valueTest(match);
  return {
    field: `query.${name}`,
    expected: expectedValue(match),
    test: (view) => holds(queryValue(view.query, name)),
    actual: (view) => queryValue(view.query, name) ?? 'absent',
  };
}

function valueTest({ kind, value }: ValueMatch): (actual: string | undefined) => boolean {
  switch (kind) {
    case 'exact':
      return (actual) => actual === value;
    case 'present':
      return (actual) => actual !== undefined;
    case 'regex': {
      const regex = mustCompileRegex(value);
      return (actual) => actual !== undefined && regex.testExact(actual);
    }
  }
}

function expectedValue({ kind, value }: ValueMatch): string {
  switch (kind) {
    case 'exact':
      return `exactly ${value}`;
    case 'present':
      return 'present';
    case 'regex':
      return `regex ${value}`;
  }
}
