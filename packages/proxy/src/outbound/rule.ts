// One HTTP rule as a layer: carries out what the rule's plan says, with its timeouts and copies.

import type { HttpRule } from '@weft/api/proxy-config/types';
import type { CompiledFilters } from '../filters/compile-filters.ts';
import { translateGrpcWeb } from '../filters/grpc-web/grpc-web.ts';
import { isMirrored } from '../filters/mirror/mirror.ts';
import type { RouteMatch } from '../router/route-table.ts';
import type { Exchange } from '../stack/exchange.ts';
import { ticks } from '../transport/ticker.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import { mirrorRequest } from './mirror-request.ts';
import { editRequest, planRule, redirectedTo } from './rule-plan.ts';

/** Finds a cluster by name when the request is sent; undefined: it does not exist. */
export type ClusterLookup = (name: string) => UpstreamCluster | undefined;

export type RuleService = (exchange: Exchange, match: RouteMatch) => void;

export function compileRule(rule: HttpRule, clusters: ClusterLookup): RuleService {
  const { timeouts } = rule;
  const plan = planRule(rule);
  const idle = timeouts.idleMs === undefined ? undefined : ticks(timeouts.idleMs);

  return (exchange, match) => {
    exchange.route = rule;
    const step = plan.choose(Math.random());
    switch (step.kind) {
      case 'invalid':
        exchange.refuse(500, 'IC', `invalid_configuration{${step.reason}}`, step.reason);
        return;
      case 'redirect': {
        const location = redirectedTo(step.filter, exchange.request, match);
        exchange.reply(step.filter.status, '-', 'direct_response{redirect}', [['location', location]], '');
        return;
      }
      case 'forward': {
        const cluster = clusters(step.backend.cluster);
        if (cluster === undefined) {
          const { cluster: name } = step.backend;
          exchange.refuse(503, 'NC', 'cluster_not_found', `there is no cluster ${name}`);
          return;
        }
        translateGrpcWeb(exchange, cluster.config.protocol);
        if (timeouts.requestMs !== undefined) exchange.setRequestTimeout(timeouts.requestMs);
        exchange.backendTimeoutMs = timeouts.backendRequestMs;
        if (idle !== undefined) exchange.limits.idleTicks = idle;
        applyFilters(exchange, step.filters, match, clusters);
        exchange.dispatch(cluster);
      }
    }
  };
}

function applyFilters(
  exchange: Exchange,
  filters: CompiledFilters,
  match: RouteMatch,
  clusters: ClusterLookup,
): void {
  const { request } = exchange;
  const { responseHeaders } = filters;
  editRequest(request, filters, match);
  if (responseHeaders !== undefined) {
    exchange.responseFilter = (head) => head.edits.apply(responseHeaders.drop, responseHeaders.lines);
  }
  for (const mirror of filters.mirrors) {
    const cluster = isMirrored(mirror, Math.random()) ? clusters(mirror.cluster) : undefined;
    if (cluster !== undefined) (exchange.copies ??= []).push(mirrorRequest(request, cluster));
  }
}
