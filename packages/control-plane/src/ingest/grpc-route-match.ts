// matches of a GRPCRoute rule → HttpMatch.

import type { GRPCRouteMatch } from '@weft/api/kinds/grpc-route';
import type { GrpcMatch, HttpMatch } from '@weft/api/proxy-config/types';
import type { Finding } from '../model/finding.ts';
import { ingestHeaders } from './http-route-match.ts';
import { unusableRegex } from './regex.ts';

/** As in an HTTPRoute, a regular expression that cannot run makes its match wider. `field` is the list's path. */
export function ingestGrpcMatches(
  matches: readonly GRPCRouteMatch[],
  field: string,
  findings: Finding[],
): readonly HttpMatch[] {
  // No matches at all mean every gRPC call, and nothing else.
  if (matches.length === 0) return [{ grpc: { kind: 'exact' } }];
  return matches.map(({ method, headers = [] }, index) => {
    const at = `${field}[${index}]`;
    return {
      grpc: ingestMethod(method, `${at}.method`, findings),
      ...(headers.length > 0 && { headers: ingestHeaders(headers, `${at}.headers`, findings) }),
    };
  });
}

function ingestMethod(match: GRPCRouteMatch['method'], field: string, findings: Finding[]): GrpcMatch {
  if (match === undefined) return { kind: 'exact' };
  const { type, service, method } = match;
  const isUsable = (name: 'service' | 'method', text: string | undefined): boolean => {
    if (text === undefined || text === '') return false;
    const finding = type === 'RegularExpression' ? unusableRegex(text, `${field}.${name}`) : undefined;
    if (finding) findings.push(finding);
    return finding === undefined;
  };
  return {
    kind: type === 'Exact' ? 'exact' : 'regex',
    ...(isUsable('service', service) && { service }),
    ...(isUsable('method', method) && { method }),
  };
}
