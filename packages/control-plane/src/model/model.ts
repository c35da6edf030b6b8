// The mesh as Weft thinks of it: what the compiler works on, and what the admin API and the CLI show.

import type { MeshSettings } from './mesh-settings.ts';
import type {
  AuthenticationPolicy,
  AuthorizationPolicy,
  BackendTlsPolicy,
  BackendTrafficPolicy,
  TelemetryPolicy,
} from './policy.ts';
import type { Route } from './route.ts';
import type { Service } from './service.ts';
import type { Workload, WorkloadInstance } from './workload.ts';

/** Keyed by `<namespace>/<name>`; routes by their ref. Live: it follows the mesh. */
export interface Collection<V> {
  readonly size: number;
  get(key: string): V | undefined;
  values(): Iterable<V>;
}

export interface Model {
  readonly settings: MeshSettings;
  readonly services: Collection<Service>;
  readonly instances: Collection<WorkloadInstance>;
  readonly routes: Collection<Route>;
  readonly policies: {
    readonly authentication: Collection<AuthenticationPolicy>;
    readonly authorization: Collection<AuthorizationPolicy>;
    readonly backendTraffic: Collection<BackendTrafficPolicy>;
    readonly backendTls: Collection<BackendTlsPolicy>;
    readonly telemetry: Collection<TelemetryPolicy>;
  };
  /** Every Deployment and StatefulSet, also without instances, and every other owner of Pods. */
  workloads(): readonly WorkloadWithInstances[];
}

export interface WorkloadWithInstances {
  readonly workload: Workload;
  readonly instances: readonly WorkloadInstance[];
}
