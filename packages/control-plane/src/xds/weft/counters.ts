// What the xDS server has done since it started, for the control plane's metrics. Plain numbers that only grow.

import type { ResourceType } from '@weft/api/proxy-config/types';

export class XdsCounters {
  /** Streams that were accepted. */
  streams = 0;
  /** Calls, of any method, whose token or node was refused. */
  refusedCalls = 0;
  /** Certificates given out. */
  certificates = 0;
  readonly pushes = new Map<ResourceType, number>();
  readonly nacks = new Map<ResourceType, number>();

  pushed(type: ResourceType): void {
    this.pushes.set(type, (this.pushes.get(type) ?? 0) + 1);
  }

  nacked(type: ResourceType): void {
    this.nacks.set(type, (this.nacks.get(type) ?? 0) + 1);
  }
}
