// Of the routes that one namespace attaches to a port: those that take effect, and why another one does not.

import type { Finding } from '../model/finding.ts';
import { byAge } from '../model/object.ts';
import { isHttpRoute, ROUTE_KINDS, type Route, type RouteKind } from '../model/route.ts';

/** The oldest first; all of one kind (GEP-1294). */
export interface RoutesInForce {
  readonly kind: RouteKind;
  readonly routes: readonly Route[];
}

export function routesInForce(attached: readonly Route[]): RoutesInForce | undefined {
  const kind = ROUTE_KINDS.find((candidate) => attached.some((route) => route.kind === candidate));
  if (kind === undefined) return undefined;
  const routes = attached.filter((route) => route.kind === kind).sort(byAge);
  // TCPRoutes have nothing by which two of them could share a port.
  return { kind, routes: kind === 'TCPRoute' ? routes.slice(0, 1) : routes };
}

/** What a route that is attached to a port is told of it. `hasEffect`: some traffic still goes its way. */
export interface PortConflict {
  readonly hasEffect: boolean;
  readonly message: string;
}

export function conflictAt(route: Route, { kind, routes }: RoutesInForce): PortConflict | undefined {
  const [oldest] = routes;
  if (oldest === undefined) return undefined;
  if (kind !== route.kind) {
    return {
      hasEffect: false,
      message: `${oldest.ref} is attached there too, and a port has routes of one kind: ${kind}s go before ${route.kind}s`,
    };
  }
  if (kind === 'TCPRoute' && oldest.ref !== route.ref) {
    return {
      hasEffect: false,
      message: `${oldest.ref} is attached there too and goes before this one: merge the two or delete one`,
    };
  }
  return isHttpRoute(route) ? undefined : takenNames(route.ref, routes);
}

/** Two TLSRoutes for one name: the older has it. */
function takenNames(ref: string, routes: readonly Route[]): PortConflict | undefined {
  const takenBy = new Map<string, string>();
  for (const route of routes) {
    const names = namesOf(route);
    if (route.ref === ref) {
      const taken = names.filter((name) => takenBy.has(name));
      if (taken.length === 0) return undefined;
      const said = taken.map((name) => `${name || 'every other name'} (${takenBy.get(name)})`).join(', ');
      return {
        hasEffect: taken.length < names.length,
        message: `other routes go before this one there for ${said}: give each name to one route`,
      };
    }
    for (const name of names) if (!takenBy.has(name)) takenBy.set(name, route.ref);
  }
  return undefined;
}

/** '' stands for all that no name is for. */
function namesOf(route: Route): readonly string[] {
  if (isHttpRoute(route)) return [];
  return route.rules.flatMap(({ hostnames }) => (hostnames.length === 0 ? [''] : hostnames));
}

/** For one parentRef, whose ports are those of `conflicts`; undefined: no conflict there. */
export function conflictFinding(
  conflicts: readonly { readonly port: number; readonly conflict: PortConflict | undefined }[],
  field: string,
): Finding | undefined {
  const told = conflicts.flatMap(({ port, conflict }) =>
    conflict ? [`port ${port}: ${conflict.message}`] : [],
  );
  if (told.length === 0) return undefined;
  const hasEffect = conflicts.some(({ conflict }) => conflict === undefined || conflict.hasEffect);
  return {
    ...(!hasEffect && { condition: 'Accepted' }),
    reason: 'Conflicted',
    message: told.join('; '),
    field,
  };
}
