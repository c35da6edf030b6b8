// What every ingest function returns, and what they share.

import type { ObjectMeta } from '@weft/api/resource';
import type { Finding } from '../model/finding.ts';
import { type AttachedObject, type ModelObject, objectRef } from '../model/object.ts';

/** A part of the model, made from one object alone, and what its author has to be told about it. */
export interface Ingested<T> {
  readonly value: T;
  readonly findings: readonly Finding[];
}

/** `namespace` is there for every namespaced kind: the parser fills it in. */
export function modelObject(kind: string, metadata: ObjectMeta): ModelObject {
  const { name, namespace = 'default' } = metadata;
  return { ref: objectRef(kind, namespace, name), namespace, name };
}

export function attachedObject(kind: string, metadata: ObjectMeta): AttachedObject {
  const { creationTimestamp, generation } = metadata;
  return {
    ...modelObject(kind, metadata),
    ...(creationTimestamp !== undefined && { created: creationTimestamp }),
    ...(generation !== undefined && { generation }),
  };
}
