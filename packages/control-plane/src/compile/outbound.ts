// Service port + the rules of the routes in force on it + its effective traffic policy → Outbound.

import type { Backend, HttpRule, Outbound, Protocol, TcpRule } from '@weft/api/proxy-config/types';
import { objectRef } from '../model/object.ts';
import {
  destinationName,
  isDivisible,
  isRoutable,
  type Service,
  type ServicePort,
} from '../model/service.ts';
import type { EffectiveBackendTraffic } from '../policy/backend-traffic/effective.ts';

/** Rules in tie-break order. What is there replaces what the Service alone would do (GEP-1294, route presence). */
export type RouteRules =
  | { readonly kind: 'http'; readonly rules: readonly HttpRule[] }
  /** `protocol`: what the port then speaks to its clients, so that nothing is taken for HTTP any more. */
  | { readonly kind: 'tcp'; readonly protocol: 'tls' | 'tcp'; readonly rules: readonly TcpRule[] };

/** `routes`: undefined where none is in force, so that everything goes where the Service says. */
export function compileOutbound(
  service: Service,
  port: ServicePort,
  routes: RouteRules | undefined,
  { streamIdleMs, connectionIdleMs }: EffectiveBackendTraffic,
): Outbound {
  const name = destinationName(service.namespace, service.name, port.number);
  const { protocol, rules, tcpRules } = rulesOf(service, port, routes, name);
  return {
    name,
    protocol,
    rules: streamIdleMs === undefined ? rules : rules.map((rule) => withIdleLimit(rule, streamIdleMs)),
    tcpRules,
    ...(connectionIdleMs !== undefined && tcpRules.length > 0 && { idleTimeoutMs: connectionIdleMs }),
  };
}

function rulesOf(
  service: Service,
  port: ServicePort,
  routes: RouteRules | undefined,
  cluster: string,
): { protocol: Protocol; rules: readonly HttpRule[]; tcpRules: readonly TcpRule[] } {
  if (routes?.kind === 'tcp') return { protocol: routes.protocol, rules: [], tcpRules: routes.rules };
  const backends: readonly Backend[] = [{ cluster, weight: 1, filters: [] }];
  const itself = {
    ref: objectRef('Service', service.namespace, service.name),
    index: 0,
    hostnames: [],
    backends,
  };
  const everything: HttpRule = { ...itself, matches: [], filters: [], timeouts: {} };
  return {
    protocol: port.protocol,
    rules: isRoutable(port) ? (routes?.rules ?? [everything]) : [],
    tcpRules: isDivisible(port) ? [itself] : [],
  };
}

function withIdleLimit(rule: HttpRule, idleMs: number): HttpRule {
  return { ...rule, timeouts: { ...rule.timeouts, idleMs } };
}
