// From the bytes of a resource, off the wire or from the cache, to its parsed JSON.

import type { ResourceType } from '@weft/api/proxy-config/types';
import type { DeltaResource } from '@weft/common/xds/discovery';
import { decodeResourceJson } from '@weft/common/xds/resource';
import type { Refusal } from '../config/update.ts';
import type { CachedResource } from './config-cache.ts';

export interface ReadResource extends CachedResource {
  readonly name: string;
  /** `json` parsed, not yet validated. */
  readonly value: unknown;
}

/** Those of a response that are wanted, and refusals of those that are no JSON. */
export function readResources(
  type: ResourceType,
  resources: readonly DeltaResource[],
  wanted: ReadonlySet<string>,
): { readonly read: readonly ReadResource[]; readonly refusals: readonly Refusal[] } {
  const read: ReadResource[] = [];
  const refusals: Refusal[] = [];
  for (const { name, version, value } of resources) {
    if (!wanted.has(name)) continue;
    try {
      read.push(readResource(name, { version, json: decodeResourceJson(value) }));
    } catch (error) {
      refusals.push({ type, name, field: '', message: (error as Error).message });
    }
  }
  return { read, refusals };
}

/** Throws where the text is no JSON: what the cache holds is. */
export function readResource(name: string, { version, json }: CachedResource): ReadResource {
  return { name, version, json, value: JSON.parse(Buffer.from(json).toString()) };
}
