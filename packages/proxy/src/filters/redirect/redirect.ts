// Redirect: the Location of the answer (Gateway API HTTPRequestRedirectFilter). The query stays.

import type { HttpFilter } from '@weft/api/proxy-config/types';
import { hostnameOf, portOf } from '../../router/hostname.ts';
import type { RequestView } from '../../stack/request-view.ts';
import { editPath } from '../path-edit.ts';

export type RedirectFilter = Extract<HttpFilter, { kind: 'redirect' }>;

/** How the request came in. */
export interface RedirectOrigin {
  readonly scheme: 'http' | 'https';
  /** The gateway listener's port; undefined in the mesh, where the port that the client named is kept. */
  readonly port: number | undefined;
}

const WELL_KNOWN_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** The Location; `prefix` is RouteMatch.prefix. */
export function redirectLocation(
  filter: RedirectFilter,
  origin: RedirectOrigin,
  view: RequestView,
  prefix: string | undefined,
): string {
  const scheme = filter.scheme ?? origin.scheme;
  const host = filter.hostname ?? hostnameOf(view.authority);
  const port = redirectPort(filter, origin, view);
  // A port that the scheme implies is left out.
  const authority = port === undefined || port === WELL_KNOWN_PORTS[scheme] ? host : `${host}:${port}`;
  const path = filter.path === undefined ? view.path : editPath(filter.path, view.path, prefix);
  const query = view.query === '' ? '' : `?${view.query}`;
  // RFC 9112 3.2.4: in a URL the `*` of OPTIONS is an empty path.
  return `${scheme}://${authority}${path === '*' ? '' : path}${query}`;
}

/** The filter's port, else that of the filter's scheme, else the one that the request came in by. */
function redirectPort(filter: RedirectFilter, origin: RedirectOrigin, view: RequestView): number | undefined {
  if (filter.port !== undefined) return filter.port;
  const byScheme = filter.scheme === undefined ? undefined : WELL_KNOWN_PORTS[filter.scheme];
  return byScheme ?? origin.port ?? portOf(view.authority);
}
