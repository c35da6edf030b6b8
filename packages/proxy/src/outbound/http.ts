// The HTTP stack of one destination, seen from its client: normal form, ids, route. What follows is the rule's.

import type { Outbound } from '@weft/api/proxy-config/types';
import { compileRouter } from '../router/http-router.ts';
import type { HttpService } from '../stack/exchange.ts';
import { normaliseTarget } from '../stack/normalise-target.ts';
import { requestIds } from '../stack/request-ids.ts';
import { type ClusterLookup, compileRule, type RuleService } from './rule.ts';

export function outboundHttp(outbound: Outbound, clusters: ClusterLookup): HttpService {
  // An application that speaks HTTP/1.0 means the destination itself.
  return normaliseTarget(hostOf(outbound.name), requestIds(routed(outbound, clusters)));
}

function routed(outbound: Outbound, clusters: ClusterLookup): HttpService {
  const { invalid } = outbound;
  if (invalid !== undefined) {
    return (exchange) => exchange.refuse(500, 'IC', `invalid_configuration{${invalid}}`, invalid);
  }
  const router = compileRouter(outbound.rules);
  const services = new Map<object, RuleService>(
    outbound.rules.map((rule) => [rule, compileRule(rule, clusters)]),
  );
  return (exchange) => {
    const match = router.match(exchange.request);
    if (match === undefined) {
      exchange.refuse(
        404,
        'NR',
        'route_not_found',
        `no route of ${outbound.name} matches ${exchange.request.method} ${exchange.request.path}`,
      );
      return;
    }
    (services.get(match.rule) as RuleService)(exchange, match);
  };
}

/** `bookshop/reviews:80` → `reviews.bookshop` */
function hostOf(name: string): string {
  const [namespace = '', service = ''] = name.split('/');
  return `${service.split(':')[0]}.${namespace}`;
}
