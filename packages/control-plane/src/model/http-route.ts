// An HTTPRoute or GRPCRoute attached to Services (GAMMA), free of Kubernetes shapes: everything is checked and
// defaulted but what other objects decide (whether parents and backends exist and may be referred to).

import type { HeaderEdit, HttpMatch, PathEdit, Timeouts } from '@weft/api/proxy-config/types';
import type { AttachedObject } from './object.ts';
import type { ObjectReference, RouteParent, WeightedReference } from './route-reference.ts';

export interface HttpRoute extends AttachedObject {
  readonly kind: 'HTTPRoute' | 'GRPCRoute';
  readonly parents: readonly RouteParent[];
  readonly rules: readonly RouteRule[];
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

export interface BackendReference extends WeightedReference {
  readonly filters: readonly RouteFilter[];
}
