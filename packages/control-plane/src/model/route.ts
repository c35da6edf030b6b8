// The kinds of routes, and which of them goes first: they are one table, since one port of a Service has one kind.

import type { ConnectionRoute } from './connection-route.ts';
import type { HttpRoute } from './http-route.ts';

export type Route = HttpRoute | ConnectionRoute;
export type RouteKind = Route['kind'];

/** GEP-1294, «Route types»: where routes of several kinds name a port, the first kind alone takes effect there. */
export const ROUTE_KINDS = ['GRPCRoute', 'HTTPRoute', 'TLSRoute', 'TCPRoute'] as const;

export function isHttpRoute(route: Route): route is HttpRoute {
  return route.kind === 'HTTPRoute' || route.kind === 'GRPCRoute';
}
