// filters of an HTTPRoute rule or backend → RouteFilter.

import type { HTTPRouteFilter } from '@weft/api/kinds/http-route';
import type { HeaderEdit, PathEdit } from '@weft/api/proxy-config/types';
import type { Finding } from '../model/finding.ts';
import type { RouteFilter } from '../model/http-route.ts';

const MILLION = 1_000_000;

/**
 * `field` is the list's path. A filter that is not supported stays in its place as `invalid`: the Gateway API wants
 * requests that it would have handled answered with an error, not passed on without it.
 */
export function ingestFilters(
  filters: readonly HTTPRouteFilter[],
  namespace: string,
  field: string,
  findings: Finding[],
): readonly RouteFilter[] {
  return filters.map((filter, index) => {
    const at = `${field}[${index}]`;
    const ingested = ingestFilter(filter, namespace, at);
    if (ingested.kind === 'invalid') {
      findings.push({
        condition: 'Accepted',
        reason: 'UnsupportedValue',
        message: `${ingested.reason}: requests of this rule are answered 500 until it is removed`,
        field: `${at}.type`,
      });
    }
    return ingested;
  });
}

function ingestFilter(filter: HTTPRouteFilter, namespace: string, field: string): RouteFilter {
  switch (filter.type) {
    case 'RequestHeaderModifier':
      return { kind: 'request-headers', edit: ingestHeaders(filter.requestHeaderModifier) };
    case 'ResponseHeaderModifier':
      return { kind: 'response-headers', edit: ingestHeaders(filter.responseHeaderModifier) };
    case 'RequestRedirect': {
      const { scheme, hostname, port, path, statusCode } = filter.requestRedirect;
      return {
        kind: 'redirect',
        ...(scheme !== undefined && { scheme }),
        ...(hostname !== undefined && { hostname }),
        ...(port !== undefined && { port }),
        ...(path && { path: ingestPathEdit(path) }),
        status: statusCode,
      };
    }
    case 'URLRewrite': {
      const { hostname, path } = filter.urlRewrite;
      return {
        kind: 'rewrite',
        ...(hostname !== undefined && { hostname }),
        ...(path && { path: ingestPathEdit(path) }),
      };
    }
    case 'RequestMirror': {
      const { backendRef, percent, fraction } = filter.requestMirror;
      const { group, kind, name, port } = backendRef;
      return {
        kind: 'mirror',
        backend: {
          group,
          kind,
          namespace: backendRef.namespace ?? namespace,
          name,
          ...(port !== undefined && { port }),
          field: `${field}.requestMirror.backendRef`,
        },
        share: fraction
          ? Math.floor((fraction.numerator / fraction.denominator) * MILLION)
          : ((percent ?? 100) / 100) * MILLION,
      };
    }
    default:
      return { kind: 'invalid', reason: `filter ${filter.type} is not supported` };
  }
}

type HeaderModifier = Extract<HTTPRouteFilter, { type: 'RequestHeaderModifier' }>['requestHeaderModifier'];

function ingestHeaders({ set = [], add = [], remove = [] }: HeaderModifier): HeaderEdit {
  return {
    set: set.map(({ name, value }) => [name.toLowerCase(), value]),
    add: add.map(({ name, value }) => [name.toLowerCase(), value]),
    remove: remove.map((name) => name.toLowerCase()),
  };
}

type PathModifier = NonNullable<Extract<HTTPRouteFilter, { type: 'URLRewrite' }>['urlRewrite']['path']>;

function ingestPathEdit(path: PathModifier): PathEdit {
  return path.type === 'ReplaceFullPath'
    ? { kind: 'full', value: path.replaceFullPath }
    : { kind: 'prefix', value: path.replacePrefixMatch };
}
