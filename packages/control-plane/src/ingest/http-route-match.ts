// matches of an HTTPRoute rule → HttpMatch.

import type { HTTPRouteMatch } from '@weft/api/kinds/http-route';
import type { HttpMatch, ValueMatch } from '@weft/api/proxy-config/types';
import type { Finding } from '../model/finding.ts';
import { unusableRegex } from './regex.ts';

/**
 * A regular expression that cannot run is reported, and the match made wider by it: the rule then answers 500, and
 * has to be reached by all the requests that it was meant for. `field` is the list's path.
 */
export function ingestMatches(
  matches: readonly HTTPRouteMatch[],
  field: string,
  findings: Finding[],
): readonly HttpMatch[] {
  return matches.map(({ path, method, headers = [], queryParams = [] }, index): HttpMatch => {
    const at = `${field}[${index}]`;
    return {
      path: isUsable(path, `${at}.path`, findings) ? toPathMatch(path) : { kind: 'prefix', value: '/' },
      ...(method !== undefined && { method }),
      ...(headers.length > 0 && { headers: ingestHeaders(headers, `${at}.headers`, findings) }),
      ...(queryParams.length > 0 && {
        query: queryParams.map((parameter, position) =>
          ingestValue(parameter, `${at}.queryParams[${position}]`, findings),
        ),
      }),
    };
  });
}

/** Of a GRPCRoute too. `field` is the list's path. */
export function ingestHeaders(
  headers: readonly MatchedValue[],
  field: string,
  findings: Finding[],
): readonly ValueMatch[] {
  return headers.map((header, position) => ({
    ...ingestValue(header, `${field}[${position}]`, findings),
    name: header.name.toLowerCase(),
  }));
}

function ingestValue(match: MatchedValue, field: string, findings: Finding[]): ValueMatch {
  const { type, name, value } = match;
  if (!isUsable(match, field, findings)) return { name, kind: 'present', value: '' };
  return { name, kind: type === 'Exact' ? 'exact' : 'regex', value };
}

/** Whether the value can be matched on; says so where it cannot. */
function isUsable(match: { type: string; value: string }, field: string, findings: Finding[]): boolean {
  const { type, value } = match;
  const finding = type === 'RegularExpression' ? unusableRegex(value, `${field}.value`) : undefined;
  if (finding) findings.push(finding);
  return finding === undefined;
}

type MatchedValue = NonNullable<HTTPRouteMatch['headers' | 'queryParams']>[number];

function toPathMatch({ type, value }: HTTPRouteMatch['path']): NonNullable<HttpMatch['path']> {
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
