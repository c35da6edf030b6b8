// What every part of the model keeps of the object that it was made from, and the order among such objects.

import type { ObjectRef } from '@weft/api/proxy-config/types';

export interface ModelObject {
  readonly ref: ObjectRef;
  readonly namespace: string;
  readonly name: string;
}

/** An object that is attached to others (a route, a policy): it can lose against an older one, and has a status. */
export interface AttachedObject extends ModelObject {
  /** RFC 3339; absent in file mode. */
  readonly created?: string;
  readonly generation?: number;
}

/** Key of a namespaced object among those of its kind, and of everything that is made for it. */
export function objectKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Without a namespace for kinds that have none: `MeshConfig/default`. */
export function objectRef(kind: string, namespace: string | undefined, name: string): ObjectRef {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/**
 * The Gateway API's tie-break: the oldest by creation timestamp, then by namespace and name. Objects without a
 * timestamp are as old as each other, and younger than those that have one.
 */
export function byAge(a: AttachedObject, b: AttachedObject): number {
  if (a.created !== b.created) {
    if (a.created === undefined) return 1;
    if (b.created === undefined) return -1;
    const difference = Date.parse(a.created) - Date.parse(b.created);
    // NaN, where one of them is no timestamp, decides nothing.
    if (difference) return difference;
  }
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
