// Service port + the rules of the routes attached to it + its effective traffic policy → Outbound.

import type { Backend, HttpRule, Outbound } from '@weft/api/proxy-config/types';
import { objectRef } from '../model/object.ts';
import { destinationName, isRoutable, type Service, type ServicePort } from '../model/service.ts';
import type { EffectiveBackendTraffic } from '../policy/backend-traffic/effective.ts';

/**
 * `rules` in tie-break order; undefined: no route is attached, so that requests go where the Service says. With a
 * route attached, whatever none of its rules matches is not found (GEP-1294, route presence).
 */
export function compileOutbound(
  service: Service,
  port: ServicePort,
  rules: readonly HttpRule[] | undefined,
  { streamIdleMs, connectionIdleMs }: EffectiveBackendTraffic,
): Outbound {
  const name = destinationName(service.namespace, service.name, port.number);
  const itself: Backend = { cluster: name, weight: 1, filters: [] };
  const http = isRoutable(port) ? (rules ?? [defaultRule(service, itself)]) : [];
  const tcpBackends = isRoutable(port) && port.protocol !== 'detect' ? [] : [itself];
  return {
    name,
    protocol: port.protocol,
    rules: streamIdleMs === undefined ? http : http.map((rule) => withIdleLimit(rule, streamIdleMs)),
    tcpBackends,
    ...(connectionIdleMs !== undefined && tcpBackends.length > 0 && { idleTimeoutMs: connectionIdleMs }),
  };
}

function withIdleLimit(rule: HttpRule, idleMs: number): HttpRule {
  return { ...rule, timeouts: { ...rule.timeouts, idleMs } };
}

function defaultRule(service: Service, itself: Backend): HttpRule {
  return {
    ref: objectRef('Service', service.namespace, service.name),
    index: 0,
    hostnames: [],
    matches: [],
    filters: [],
    backends: [itself],
    timeouts: {},
  };
}
