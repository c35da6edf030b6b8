// Why a request was routed as it was: every match of every rule is tested by its own conditions, without the
// index that the hot path uses. Property tests hold the two equal.

import type { RequestView } from '../stack/request-view.ts';
import type { Mismatch } from './condition.ts';
import { whyLessSpecific } from './precedence.ts';
import type { Candidate, RouteMatch, TableEntry } from './route-table.ts';

export interface RouteTrace {
  /** Undefined: nothing matched. */
  readonly winner: RouteMatch | undefined;
  /** Every match of every rule once, in order of precedence; the winner is among them. */
  readonly routes: readonly TracedRoute[];
}

export interface TracedRoute {
  readonly route: RouteMatch;
  readonly outcome:
    | { readonly kind: 'chosen' }
    /** It matches too; `why` compares it with the winner. */
    | { readonly kind: 'less-specific'; readonly why: string }
    | { readonly kind: 'not-matched'; readonly mismatch: Mismatch };
}

/** One line for people: `matches too, but is less specific: prefix /reviews is longer than /`. */
export function describeOutcome({ outcome }: TracedRoute): string {
  switch (outcome.kind) {
    case 'chosen':
      return 'chosen';
    case 'less-specific':
      return `matches too, but is less specific: ${outcome.why}`;
    case 'not-matched':
      return `${outcome.mismatch.field}: expected ${outcome.mismatch.expected}, got ${outcome.mismatch.actual}`;
  }
}

export function traceRoute(table: readonly Candidate[], view: RequestView): RouteTrace {
  const winner = table.find((candidate) => holds(candidate, view));
  // A match under several hostnames is told once: where it holds, else where it stands first.
  const seen = new Map<TableEntry, Candidate>();
  for (const candidate of table) {
    const before = seen.get(candidate.entry);
    if (before === undefined || (!holds(before, view) && holds(candidate, view))) {
      seen.set(candidate.entry, candidate);
    }
  }
  return {
    winner: winner?.entry.route,
    routes: [...seen.values()].map((candidate) => ({
      route: candidate.entry.route,
      outcome: outcomeOf(candidate, winner, view),
    })),
  };
}

function outcomeOf(
  candidate: Candidate,
  winner: Candidate | undefined,
  view: RequestView,
): TracedRoute['outcome'] {
  if (candidate.entry === winner?.entry) return { kind: 'chosen' };
  const { host, path, others } = candidate.entry;
  const failed = [host, path, ...others].find((condition) => !condition.test(view));
  if (failed !== undefined) {
    const mismatch = { field: failed.field, expected: failed.expected, actual: failed.actual(view) };
    return { kind: 'not-matched', mismatch };
  }
  if (winner === undefined) throw new Error('a match holds, so there is a winner');
  return { kind: 'less-specific', why: whyLessSpecific(winner.specificity, candidate.specificity) };
}

function holds({ host, entry }: Candidate, view: RequestView): boolean {
  return [host, entry.path, ...entry.others].every((condition) => condition.test(view));
}
