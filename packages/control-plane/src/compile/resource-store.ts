// ResourceSets → tables: only objects that changed since the set before are ingested.

import type { Diagnostic } from '@weft/api/control-plane-api';
import type { ObjectRef } from '@weft/api/proxy-config/types';
import type { SourcedResource } from '@weft/api/resource';
import type { Table } from '../collection/table.ts';
import { ingest, ingestUnreadable, type ModelEntry, type ModelParts } from '../ingest/ingest.ts';
import type { ReadProblem } from '../ingest/unreadable.ts';
import type { Finding } from '../model/finding.ts';
import { objectRef } from '../model/object.ts';
import type { ResourceSet } from '../provider/provider.ts';
import type { Tables } from './inputs.ts';

export interface StoredObject {
  readonly sourced: SourcedResource;
  /** Where it is in the model; absent: it is no part of it. */
  readonly place?: { readonly part: keyof ModelParts; readonly key: string };
  /** What ingest found, from this object alone. */
  readonly findings: readonly Finding[];
  /** It is served closed; the provider's diagnostics say why. */
  readonly isUnreadable: boolean;
}

export class ResourceStore {
  readonly #tables: Tables;
  #objects: ReadonlyMap<ObjectRef, StoredObject> = new Map();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** In the order of the set, those that could not be read last. */
  get objects(): ReadonlyMap<ObjectRef, StoredObject> {
    return this.#objects;
  }

  /** Of several objects with one name the first counts; the provider reports the others. */
  replace({ resources, unreadable = [], diagnostics }: ResourceSet): void {
    const objects = new Map<ObjectRef, StoredObject>();
    for (const sourced of resources) this.#put(objects, sourced, () => ingest(sourced.resource));
    for (const sourced of unreadable) {
      const read = (ref: ObjectRef) => ingestUnreadable(sourced.resource, problemOf(ref, diagnostics));
      this.#put(objects, sourced, read, true);
    }
    for (const [ref, { place }] of this.#objects) {
      if (place && !objects.get(ref)?.place) this.#table(place.part).set(place.key, undefined);
    }
    this.#objects = objects;
  }

  #put(
    objects: Map<ObjectRef, StoredObject>,
    sourced: SourcedResource,
    read: (ref: ObjectRef) => ModelEntry | undefined,
    isUnreadable = false,
  ): void {
    const { kind, metadata } = sourced.resource;
    const ref = objectRef(kind, metadata.namespace, metadata.name);
    if (objects.has(ref)) return;
    const before = this.#objects.get(ref);
    if (before?.sourced.resource === sourced.resource) {
      // The same object may have moved in its file.
      objects.set(ref, before.sourced === sourced ? before : { ...before, sourced });
      return;
    }
    const entry = read(ref);
    if (!entry) {
      objects.set(ref, { sourced, findings: [], isUnreadable });
      return;
    }
    const { part, key, value, findings } = entry;
    this.#table(part).set(key, value);
    objects.set(ref, { sourced, place: { part, key }, findings, isUnreadable });
  }

  // An entry's value is of its part's type: ingest has both from one place.
  #table(part: keyof ModelParts): Table<unknown> {
    return this.#tables[part] as Table<unknown>;
  }
}

function problemOf(ref: ObjectRef, diagnostics: readonly Diagnostic[]): ReadProblem {
  const found = diagnostics.find(({ object, severity }) => object === ref && severity === 'error');
  if (!found) return { reason: 'Invalid', message: 'it is not valid' };
  const { reason, field, message } = found;
  return { reason, message: field === undefined ? message : `${field}: ${message}` };
}
