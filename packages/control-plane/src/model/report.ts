// What the author of a route or a policy has to be told, and about which of the things that it is attached to.

import type { Finding } from './finding.ts';
import type { AttachedObject } from './object.ts';
import type { PolicyTarget } from './policy.ts';
import type { RouteParent } from './route-reference.ts';

export interface Report<To> {
  readonly object: AttachedObject;
  /** About the object itself, so about everything that it is attached to. */
  readonly shared: readonly Finding[];
  readonly attachments: readonly { readonly to: To; readonly findings: readonly Finding[] }[];
}

export type RouteReport = Report<RouteParent>;
export type PolicyReport = Report<PolicyTarget>;

export function allFindings(report: Report<unknown>): readonly Finding[] {
  return [...report.shared, ...report.attachments.flatMap(({ findings }) => findings)];
}
