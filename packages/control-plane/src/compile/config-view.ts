// What the xDS servers need of the compiler: any resource by type and name, as one client may see it.

import type { ResourceType, ResourceTypes } from '@weft/api/proxy-config/types';

/** The proxy that asks. */
export interface ClientView {
  /** `<namespace>/<pod>` */
  readonly id: string;
  readonly namespace: string;
}

export interface ConfigView {
  /**
   * The resource as this client sees it; undefined: it does not exist for it. Equal content is the same object,
   * also after a change elsewhere, so that it is encoded once and pushed only when it differs.
   */
  resource<T extends ResourceType>(type: T, name: string, client: ClientView): ResourceTypes[T] | undefined;
  /** Names that the client can reach, for whole dumps (`weft proxy-config`) and wildcard subscriptions. */
  names(type: ResourceType, client: ClientView): readonly string[];
}
