// Which of several policies of one kind on one target is in force, and what its losers are told.

import type { Finding } from '../model/finding.ts';
import { byAge } from '../model/object.ts';
import type { Policy } from '../model/policy.ts';

/** The oldest of the policies of one kind on one target: one object alone says what happens there. */
export function inForce<P extends Policy>(policies: readonly P[]): P | undefined {
  return policies.toSorted(byAge)[0];
}

/** What a policy is told that another one has pushed out on the same target; `field`: what of it has no effect. */
export function conflictWith(winner: Policy, field?: string): Finding {
  return {
    condition: 'Accepted',
    reason: 'Conflicted',
    message: `${winner.ref} is in force on the same target and goes before this one: merge the two or delete one`,
    ...(field !== undefined && { field }),
  };
}
