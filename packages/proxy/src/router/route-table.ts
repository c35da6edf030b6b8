// The rules of a destination as the router and its trace use them: one candidate for each match of each rule under
// each of its hostnames, in order of precedence. Made once, when configuration arrives.

import type { HttpMatch, HttpRule } from '@weft/api/proxy-config/types';
import { type Condition, hostnameCondition, matchConditions } from './condition.ts';
import { comparePrecedence, type Specificity, specificityOf } from './precedence.ts';

/** What a request was routed to. One object for each match, the same at every request. */
export interface RouteMatch {
  readonly rule: HttpRule;
  readonly match: HttpMatch;
  /** Index in rule.matches; 0 for a rule without matches, which takes everything. */
  readonly matchIndex: number;
  /** The path prefix that matched, as written (`/` by default); undefined for an exact path, a regex or gRPC. */
  readonly prefix: string | undefined;
}

/** One match of one rule, with all its conditions. */
export interface TableEntry {
  readonly route: RouteMatch;
  /** Any of the rule's hostnames. */
  readonly host: Condition;
  readonly path: Condition;
  readonly others: readonly Condition[];
}

/** An entry under one of its hostnames. */
export interface Candidate {
  readonly entry: TableEntry;
  /** That hostname alone. */
  readonly host: Condition;
  readonly specificity: Specificity;
}

const MATCH_EVERYTHING: readonly HttpMatch[] = [{}];

/** All candidates, the most specific first. Throws on a regex that was not decoded. */
export function routeTable(rules: readonly HttpRule[]): readonly Candidate[] {
  return rules.flatMap(candidatesOf).sort((a, b) => comparePrecedence(a.specificity, b.specificity));
}

function candidatesOf(rule: HttpRule, ruleIndex: number): Candidate[] {
  const matches = rule.matches.length === 0 ? MATCH_EVERYTHING : rule.matches;
  const hostnames = rule.hostnames.length === 0 ? [''] : rule.hostnames;
  const anyHost = hostnameCondition(rule.hostnames);
  return matches.flatMap((match, matchIndex) => {
    const entry = { route: routeMatch(rule, match, matchIndex), host: anyHost, ...matchConditions(match) };
    return hostnames.map((hostname) => ({
      entry,
      host: hostname === '' ? anyHost : hostnameCondition([hostname]),
      specificity: specificityOf(hostname, match, ruleIndex, matchIndex),
    }));
  });
}

function routeMatch(rule: HttpRule, match: HttpMatch, matchIndex: number): RouteMatch {
  const { kind, value } = match.path ?? { kind: 'prefix', value: '/' };
  const isPrefix = kind === 'prefix' && match.grpc === undefined;
  return { rule, match, matchIndex, prefix: isPrefix ? value : undefined };
}
