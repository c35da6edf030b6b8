// matches of an HTTPRoute rule → HttpMatch.

import type { HTTPRouteMatch } from '@weft/api/kinds/http-route';
import type { HttpMatch, ValueMatch } from '@weft/api/proxy-config/types';
import type { Finding } from '../model/finding.ts';
import { regexProblem } from './regex.ts';

/**
 * A regular expression that cannot run is reported, and the match made wider by it: the rule then answers 500, and
 * has to be reached by all the requests that it was meant for. `field` is the list's path.
 */
export function ingestMatches(
  matches: readonly HTTPRouteMatch[],
  field: string,
  findings: Finding[],
): readonly HttpMatch[] {
  /** Whether the value can be matched on; says so where it cannot. */
  const isUsable = ({ type, value }: { type: string; value: string }, at: string): boolean => {
    const problem = type === 'RegularExpression' ? regexProblem(value) : undefined;
    if (problem === undefined) return true;
    findings.push({ condition: 'Accepted', reason: 'UnsupportedValue', message: problem, field: at });
    return false;
  };
  const ingestPath = (path: HTTPRouteMatch['path'], at: string): PathMatch =>
    isUsable(path, `${at}.path.value`) ? toPathMatch(path) : { kind: 'prefix', value: '/' };
  const ingestValue = (match: MatchedValue, at: string): ValueMatch => {
    const { type, name, value } = match;
    if (!isUsable(match, `${at}.value`)) return { name, kind: 'present', value: '' };
    return { name, kind: type === 'Exact' ? 'exact' : 'regex', value };
  };

  return matches.map(({ path, method, headers = [], queryParams = [] }, index): HttpMatch => {
    const at = `${field}[${index}]`;
    return {
      path: ingestPath(path, at),
      ...(method !== undefined && { method }),
      ...(headers.length > 0 && {
        headers: headers.map((header, position) => ({
          ...ingestValue(header, `${at}.headers[${position}]`),
          name: header.name.toLowerCase(),
        })),
      }),
      ...(queryParams.length > 0 && {
        query: queryParams.map((parameter, position) =>
          ingestValue(parameter, `${at}.queryParams[${position}]`),
        ),
      }),
    };
  });
}

type PathMatch = NonNullable<HttpMatch['path']>;
type MatchedValue = NonNullable<HTTPRouteMatch['headers' | 'queryParams']>[number];

function toPathMatch({ type, value }: HTTPRouteMatch['path']): PathMatch {
  switch (type) {
    case 'Exact':
      return { kind: 'exact', value };
    case 'PathPrefix':
      // Gateway API: a trailing slash of a prefix means nothing.
      return { kind: 'prefix', value: value.length > 1 && value.endsWith('/') ? value.slice(0, -1) : value };
    case 'RegularExpression':
      return { kind: 'regex', value };
  }
}
