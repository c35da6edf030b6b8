// The mesh as Weft thinks of it: what the compiler works on, and what the admin API and the CLI show.

import type { HttpRoute } from './http-route.ts';
import type { MeshSettings } from './mesh-settings.ts';
import type {
  AuthenticationPolicy,
  AuthorizationPolicy,
  BackendTrafficPolicy,
  TelemetryPolicy,
} from './policy.ts';
import type { Service } from './service.ts';
import type { Workload, WorkloadInstance } from './workload.ts';

/** Keyed by `<namespace>/<name>`. Live: it follows the mesh. */
export interface Collection<V> {
  readonly size: number;
  get(key: string): V | undefined;
  values(): Iterable<V>;
}

export interface Model {
  readonly settings: MeshSettings;
  readonly services: Collection<Service>;
  readonly instances: Collection<WorkloadInstance>;
  readonly routes: Collection<HttpRoute>;
  readonly policies: {
    readonly authentication: Collection<AuthenticationPolicy>;
    readonly authorization: Collection<AuthorizationPolicy>;
    readonly backendTraffic: Collection<BackendTrafficPolicy>;
    readonly telemetry: Collection<TelemetryPolicy>;
  };
  /** Every Deployment and StatefulSet, also without instances, and every other owner of Pods. */
  workloads(): readonly WorkloadWithInstances[];
}

export interface WorkloadWithInstances {
  readonly workload: Workload;
  readonly instances: readonly WorkloadInstance[];
}
