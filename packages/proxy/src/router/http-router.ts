// Chooses the rule for a request by Gateway API precedence. The same object runs in the sidecar, in `weft explain`
// and in a browser: a pure function of rules and request.
//
// Candidates stand in buckets by hostname and by path; a request tests those of its own buckets alone, best first,
// so that its cost does not grow with the number of rules, and allocates nothing.

import type { HttpRule } from '@weft/api/proxy-config/types';
import type { RequestView } from '../stack/request-view.ts';
import type { Condition } from './condition.ts';
import { HostIndex } from './hostname.ts';
import { elementPrefix, PathIndex } from './path-index.ts';
import type { Specificity } from './precedence.ts';
import { literalPrefix } from './regex.ts';
import { type Candidate, type RouteMatch, routeTable } from './route-table.ts';
import { type RouteTrace, traceRoute } from './route-trace.ts';

export interface HttpRouter {
  /** The rule for the request; undefined: none matches (404 NR). */
  match(view: RequestView): RouteMatch | undefined;
  /** What `match` answers, and why every other match of every rule lost. */
  explain(view: RequestView): RouteTrace;
}

/** Compiles rules given in tie-break order. Throws on a regex that was not decoded. */
export function compileRouter(rules: readonly HttpRule[]): HttpRouter {
  const table = routeTable(rules);
  const hosts = new HostIndex(pathIndexes(table));
  return {
    match: (view) => hosts.first(view.authority, bestOf, view),
    explain: (view) => traceRoute(table, view),
  };
}

/** A candidate in its bucket, with the conditions that the bucket does not already answer. */
interface Ranked {
  /** Place in the order of precedence. */
  readonly rank: number;
  readonly route: RouteMatch;
  readonly conditions: readonly Condition[];
}

/** In order of rank. */
type Bucket = Ranked[];

function pathIndexes(table: readonly Candidate[]): ReadonlyMap<string, PathIndex<Bucket>> {
  const ranked = table.map((candidate, rank) => ({ ...candidate, rank }));
  const byHostname = Map.groupBy(ranked, ({ specificity }) => specificity.hostname);
  return new Map(
    byHostname.entries().map(([hostname, candidates]) => {
      const byKind = Object.groupBy(candidates, ({ specificity }) =>
        specificity.pathKind === 'exact' ? 'exact' : 'prefix',
      );
      return [hostname, new PathIndex(buckets(byKind.exact), buckets(byKind.prefix))];
    }),
  );
}

function buckets(candidates: readonly (Candidate & { readonly rank: number })[] = []): Map<string, Bucket> {
  const byKey = new Map<string, Bucket>();
  for (const { rank, entry, specificity } of candidates) {
    // The index answers exact paths and prefixes; a regular expression only stands near its literal start, and a
    // gRPC method where it is sure of the path.
    const isAnswered = specificity.pathKind !== 'regex' && entry.route.match.grpc === undefined;
    const conditions = isAnswered ? entry.others : [entry.path, ...entry.others];
    const key = bucketKey(specificity);
    const bucket = byKey.get(key) ?? [];
    bucket.push({ rank, route: entry.route, conditions });
    byKey.set(key, bucket);
  }
  return byKey;
}

function bucketKey({ pathKind, path }: Specificity): string {
  return pathKind === 'regex' ? elementPrefix(literalPrefix(path)) : path;
}

/** The candidate of the lowest rank whose conditions hold. The most specific bucket most often has it. */
function bestOf(index: PathIndex<Bucket>, view: RequestView): RouteMatch | undefined {
  let best: Ranked | undefined;
  for (let i = index.lookup(view.path) - 1; i >= 0; i--) {
    for (const candidate of index.hits[i] as Bucket) {
      if (best !== undefined && candidate.rank > best.rank) break;
      if (!allHold(candidate.conditions, view)) continue;
      best = candidate;
      break;
    }
  }
  return best?.route;
}

function allHold(conditions: readonly Condition[], view: RequestView): boolean {
  for (const condition of conditions) {
    if (!condition.test(view)) return false;
  }
  return true;
}
