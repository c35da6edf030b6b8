// The ends of all branches, equal ones together.

import type { Branch, Outcome, WeighedOutcome } from './explanation.ts';

/** The likeliest first; what never happens (weight 0) is left out. */
export function weighOutcomes(branches: readonly Branch[]): readonly WeighedOutcome[] {
  const ends = branches.flatMap(({ share, end, arrivals }) =>
    end === undefined
      ? arrivals.map((arrival) => ({ share: share * arrival.share, outcome: arrival.outcome }))
      : [{ share, outcome: end }],
  );
  const equal = new Map<string, { share: number; outcome: Outcome }>();
  for (const { share, outcome } of ends) {
    if (share === 0) continue;
    const key = JSON.stringify(outcome);
    equal.set(key, { outcome, share: share + (equal.get(key)?.share ?? 0) });
  }
  return [...equal.values()].sort((a, b) => b.share - a.share);
}
