// An HTTPRoute attached to Services (GAMMA), free of Kubernetes shapes: everything is checked and defaulted but
// what other objects decide (whether parents and backends exist and may be referred to).

import type { HeaderEdit, HttpMatch, PathEdit, Timeouts } from '@weft/api/proxy-config/types';
import type { AttachedObject } from './object.ts';

export interface HttpRoute extends AttachedObject {
  readonly parents: readonly RouteParent[];
  readonly rules: readonly RouteRule[];
}

/** A Service that the route attaches to. Its namespace tells a producer route (the same) from a consumer route. */
export interface RouteParent {
  /** Index in `spec.parentRefs`. */
  readonly index: number;
  readonly namespace: string;
  readonly name: string;
  /** Only this port; absent: all of them. */
  readonly port?: number;
  /** Only the port of this name. */
  readonly sectionName?: string;
}

export interface RouteRule {
  readonly name?: string;
  readonly matches: readonly HttpMatch[];
  readonly filters: readonly RouteFilter[];
  readonly backends: readonly BackendReference[];
  readonly timeouts: Timeouts;
  /** Why the rule cannot be served: its requests are answered 500 with this text. */
  readonly invalid?: string;
}

/** As HttpFilter, with the mirror's backend not yet resolved. */
export type RouteFilter =
  | { readonly kind: 'request-headers'; readonly edit: HeaderEdit }
  | { readonly kind: 'response-headers'; readonly edit: HeaderEdit }
  | {
      readonly kind: 'redirect';
      readonly scheme?: string;
      readonly hostname?: string;
      readonly port?: number;
      readonly path?: PathEdit;
      readonly status: number;
    }
  | { readonly kind: 'rewrite'; readonly hostname?: string; readonly path?: PathEdit }
  | { readonly kind: 'mirror'; readonly backend: ObjectReference; readonly share: number }
  | { readonly kind: 'invalid'; readonly reason: string };

/** A reference as written: it may name what does not exist, or what must not be referred to. */
export interface ObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly port?: number;
  /** Path of the reference in its object, for findings. */
  readonly field: string;
}

export interface BackendReference extends ObjectReference {
  readonly weight: number;
  readonly filters: readonly RouteFilter[];
}
