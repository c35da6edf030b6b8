// targetRefs of a policy → PolicyTargets.

import { objectRef } from '../model/object.ts';
import { MESH_TARGET, namespaceTarget, type PolicyTarget } from '../model/policy.ts';

/** A policy here that names no target is for the whole mesh. */
export const MESH_NAMESPACE = 'weft-system';

export const TARGET_KINDS = ['Deployment', 'StatefulSet', 'Service'] as const;

export interface TargetReference {
  readonly kind: (typeof TARGET_KINDS)[number];
  readonly name: string;
}

export function ingestTargets(
  references: readonly TargetReference[] | undefined,
  namespace: string,
): readonly PolicyTarget[] {
  if (references) {
    return references.map(({ kind, name }, index) => ({
      kind,
      namespace,
      name,
      ref: objectRef(kind, namespace, name),
      field: `spec.targetRefs[${index}]`,
    }));
  }
  return [namespace === MESH_NAMESPACE ? MESH_TARGET : namespaceTarget(namespace)];
}
