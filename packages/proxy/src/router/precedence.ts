// Which of several matches that hold wins: Gateway API's order (HTTPRouteRule.matches), to the last tie-break.
//
// hostname: exact, then the longest wildcard, then none · path: exact, regular expression, longest prefix ·
// method · most headers · most query parameters · order of the rules and of their matches.
//
// In place of the path, gRPC matches have the service and then the method (GRPCRouteRule.matches): exact, then a
// regular expression, each the longer first. They go before all others, which take gRPC for plain HTTP.
//
// Gateway API leaves the place of regular expressions open. Ours is before every prefix, the longer pattern
// first: a pattern says more than a prefix, and nearly every service has a rule for `/` that would else hide it.

import type { GrpcMatch, HttpMatch } from '@weft/api/proxy-config/types';
import { firstOfEachName } from './condition.ts';
import { grpcPlace } from './grpc-match.ts';
import { prefixKey } from './path-index.ts';

/** All that precedence looks at. */
export interface Specificity {
  /** '' where the rule names no host. */
  readonly hostname: string;
  /** Absent: no gRPC match. */
  readonly grpc?: GrpcMatch;
  readonly pathKind: 'exact' | 'regex' | 'prefix';
  /** Exact path, pattern, or prefix without trailing slash, which says nothing. */
  readonly path: string;
  readonly hasMethod: boolean;
  readonly headers: number;
  readonly query: number;
  /** Place of the rule in the configuration, and of the match in the rule. */
  readonly rule: number;
  readonly match: number;
}

export function specificityOf(hostname: string, match: HttpMatch, rule: number, index: number): Specificity {
  const { grpc } = match;
  return {
    hostname,
    ...(grpc && { grpc }),
    ...(grpc ? grpcPlace(grpc) : pathPlace(match.path)),
    hasMethod: match.method !== undefined,
    headers: firstOfEachName(match.headers).length,
    query: firstOfEachName(match.query).length,
    rule,
    match: index,
  };
}

function pathPlace(path: HttpMatch['path']): Pick<Specificity, 'pathKind' | 'path'> {
  const { kind, value } = path ?? { kind: 'prefix', value: '/' };
  return { pathKind: kind, path: kind === 'prefix' ? prefixKey(value) : value };
}

/** One step of the order: positive where `a` goes before `b`. */
interface Criterion {
  compare(a: Specificity, b: Specificity): number;
  /** Why the loser lost to the winner by this step. */
  why(winner: Specificity, loser: Specificity): string;
}

const PATH_KINDS = { exact: 3, regex: 2, prefix: 1 };
const PATH_NAMES = { exact: 'exact path', regex: 'regular expression', prefix: 'prefix' };

const CRITERIA: readonly Criterion[] = [
  {
    compare: (a, b) => hostnameWeight(a.hostname) - hostnameWeight(b.hostname),
    why: (winner, loser) => `host ${winner.hostname} is more specific than ${loser.hostname || 'any host'}`,
  },
  {
    compare: (a, b) => Number(a.grpc !== undefined) - Number(b.grpc !== undefined),
    why: () => 'the winner is for gRPC alone',
  },
  grpcCriterion('service'),
  grpcCriterion('method'),
  {
    compare: (a, b) => PATH_KINDS[a.pathKind] - PATH_KINDS[b.pathKind],
    why: (winner, loser) =>
      `${PATH_NAMES[winner.pathKind]} ${winner.path || '/'} goes before ${PATH_NAMES[loser.pathKind]} ${loser.path || '/'}`,
  },
  {
    compare: (a, b) => a.path.length - b.path.length,
    why: (winner, loser) =>
      `${PATH_NAMES[winner.pathKind]} ${winner.path || '/'} is longer than ${loser.path || '/'}`,
  },
  {
    compare: (a, b) => Number(a.hasMethod) - Number(b.hasMethod),
    why: () => 'the winner names the method',
  },
  {
    compare: (a, b) => a.headers - b.headers,
    why: (winner, loser) => `the winner has more header conditions (${winner.headers}, not ${loser.headers})`,
  },
  {
    compare: (a, b) => a.query - b.query,
    why: (winner, loser) => `the winner has more query conditions (${winner.query}, not ${loser.query})`,
  },
  {
    compare: (a, b) => b.rule - a.rule || b.match - a.match,
    why: () => 'equally specific, and the winner comes first',
  },
];

function grpcCriterion(part: 'service' | 'method'): Criterion {
  const weight = ({ grpc }: Specificity): number => {
    const name = grpc?.[part];
    if (name === undefined) return 0;
    return grpc?.kind === 'regex' ? name.length : name.length + LONGER_THAN_ANY_NAME;
  };
  return {
    compare: (a, b) => weight(a) - weight(b),
    why: (winner, loser) =>
      `${part} ${winner.grpc?.[part]} is more specific than ${loser.grpc?.[part] ?? `any ${part}`}`,
  };
}

const LONGER_THAN_ANY_NAME = 2 ** 20;

/** Any exact hostname before any wildcard, a longer wildcard before a shorter one, no hostname last. */
function hostnameWeight(hostname: string): number {
  if (hostname === '') return 0;
  return hostname.startsWith('*.') ? hostname.length : Number.MAX_SAFE_INTEGER;
}

/** For Array.sort: the most specific first. */
export function comparePrecedence(a: Specificity, b: Specificity): number {
  for (const criterion of CRITERIA) {
    const difference = criterion.compare(b, a);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Why one match lost to another although both hold. */
export function whyLessSpecific(winner: Specificity, loser: Specificity): string {
  const decisive = CRITERIA.find((criterion) => criterion.compare(winner, loser) !== 0);
  return decisive?.why(winner, loser) ?? 'it is the same match';
}
