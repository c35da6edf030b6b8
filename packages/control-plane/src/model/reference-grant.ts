// A ReferenceGrant: the owner of a namespace lets objects elsewhere refer to some of its objects.

import type { ModelObject } from './object.ts';

export interface ReferenceGrant extends ModelObject {
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
  /** Without a name: every object of that kind. */
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
}

/** Whether one of the grants in the referred object's namespace lets `from` refer to `to`. */
export function isGranted(
  grants: readonly ReferenceGrant[],
  from: { readonly group: string; readonly kind: string; readonly namespace: string },
  to: { readonly group: string; readonly kind: string; readonly name: string },
): boolean {
  return grants.some(
    (grant) =>
      grant.from.some(
        (entry) =>
          entry.group === from.group && entry.kind === from.kind && entry.namespace === from.namespace,
      ) &&
      grant.to.some(
        (entry) =>
          entry.group === to.group &&
          entry.kind === to.kind &&
          (entry.name === undefined || entry.name === to.name),
      ),
  );
}
