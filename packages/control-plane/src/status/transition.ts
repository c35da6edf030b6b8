// When a condition last changed its status: kept from one status of an object to the next.

import type { Condition } from '@weft/api/control-plane-api';
import type { ObjectStatus } from './status.ts';

/** `status` with lastTransitionTime filled in: that of the equal condition in `before`, else `now` (RFC 3339). */
export function withTransitions(
  status: ObjectStatus,
  before: ObjectStatus | undefined,
  now: string,
): ObjectStatus {
  const since = new Map<string, string>();
  for (const { to, conditions } of before ? groups(before) : []) {
    for (const { type, status, lastTransitionTime } of conditions) {
      if (lastTransitionTime !== undefined) since.set(`${to} ${type} ${status}`, lastTransitionTime);
    }
  }
  const stamp = (to: string, conditions: readonly Condition[]): readonly Condition[] =>
    conditions.map((condition) => ({
      ...condition,
      lastTransitionTime: since.get(`${to} ${condition.type} ${condition.status}`) ?? now,
    }));

  if ('parents' in status) {
    return {
      parents: status.parents.map((parent) => ({
        ...parent,
        conditions: stamp(JSON.stringify(parent.parentRef), parent.conditions),
      })),
    };
  }
  if ('ancestors' in status) {
    return {
      ancestors: status.ancestors.map((ancestor) => ({
        ...ancestor,
        conditions: stamp(JSON.stringify(ancestor.ancestorRef), ancestor.conditions),
      })),
    };
  }
  return { conditions: stamp('', status.conditions) };
}

function groups(
  status: ObjectStatus,
): readonly { readonly to: string; readonly conditions: readonly Condition[] }[] {
  if ('parents' in status) {
    return status.parents.map(({ parentRef, conditions }) => ({ to: JSON.stringify(parentRef), conditions }));
  }
  if ('ancestors' in status) {
    return status.ancestors.map(({ ancestorRef, conditions }) => ({
      to: JSON.stringify(ancestorRef),
      conditions,
    }));
  }
  return [{ to: '', conditions: status.conditions }];
}
