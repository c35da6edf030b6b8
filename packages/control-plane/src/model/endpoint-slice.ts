// Where the Pods of a Service are, as the cluster's endpoint controller (or a person) keeps it.

import type { ModelObject } from './object.ts';

export interface EndpointSlice extends ModelObject {
  /** Name of the Service, in the same namespace. */
  readonly service: string;
  /** `name` is the Service port's name, '' where that has none. */
  readonly ports: readonly { readonly name: string; readonly number: number }[];
  readonly endpoints: readonly SliceEndpoint[];
}

export interface SliceEndpoint {
  readonly address: string;
  readonly ready: boolean;
  /** Name of the Pod, in the slice's namespace; absent: not a Pod. */
  readonly pod?: string;
  readonly zone?: string;
}
