// How resources reach the proxy's configuration, from xDS, the cache on disk or a file alike.

import type { ResourceType } from '@weft/api/proxy-config/types';

/** One message's worth of resources of one type; `value` is parsed JSON, not yet validated. */
export interface Update {
  readonly type: ResourceType;
  readonly resources: readonly { readonly name: string; readonly version: string; readonly value: unknown }[];
  /** Names that do not exist (any more). */
  readonly removed: readonly string[];
}

/** Why one resource was refused; the last good one goes on serving. */
export interface Refusal {
  readonly type: ResourceType;
  readonly name: string;
  /** `rules[0].matches[1].path.value`; '' for the whole. */
  readonly field: string;
  readonly message: string;
}

/** Takes updates: the good resources are applied, the others are named in the answer. */
export interface ResourceSink {
  apply(update: Update): readonly Refusal[];
}

/** Asks for resources by name; what arrives goes to the ResourceSink. Both calls are idempotent. */
export interface Subscriber {
  subscribe(type: ResourceType, name: string): void;
  unsubscribe(type: ResourceType, name: string): void;
}
