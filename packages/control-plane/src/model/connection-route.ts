// A TLSRoute or TCPRoute attached to Services, free of Kubernetes shapes: it divides connections, not requests.

import type { AttachedObject } from './object.ts';
import type { RouteParent, WeightedReference } from './route-reference.ts';

export interface ConnectionRoute extends AttachedObject {
  readonly kind: 'TLSRoute' | 'TCPRoute';
  readonly parents: readonly RouteParent[];
  /** At least one. Those after the first get no connection: rules have no conditions of their own. */
  readonly rules: readonly ConnectionRule[];
}

export interface ConnectionRule {
  readonly name?: string;
  /** Server names (SNI), exact or `*.suffix`; empty: any, and none. The same in all rules of a route. */
  readonly hostnames: readonly string[];
  readonly backends: readonly WeightedReference[];
  /** Why the rule cannot be served: its connections are refused with this text in the log. */
  readonly invalid?: string;
}
