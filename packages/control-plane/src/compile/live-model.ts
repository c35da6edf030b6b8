// The compiler's tables as the Model that others read.

import type { ObjectRef } from '@weft/api/proxy-config/types';
import type { MeshSettings } from '../model/mesh-settings.ts';
import type { Model, WorkloadWithInstances } from '../model/model.ts';
import { type Workload, workloadRef } from '../model/workload.ts';
import type { Inputs } from './inputs.ts';

/** Live: every read is of the mesh as it is then. */
export function createLiveModel(inputs: Inputs, settings: () => MeshSettings): Model {
  const { services, instances, routes } = inputs.tables;
  const { authentication, authorization, backendTraffic, backendTls, telemetry } = inputs.tables;
  return {
    get settings() {
      return settings();
    },
    services,
    instances,
    routes,
    policies: { authentication, authorization, backendTraffic, backendTls, telemetry },
    workloads: () => listWorkloads(inputs),
  };
}

function listWorkloads({ tables, instancesOfWorkload }: Inputs): readonly WorkloadWithInstances[] {
  const workloads = new Map<ObjectRef, Workload>();
  for (const workload of tables.workloads.values()) workloads.set(workloadRef(workload), workload);
  for (const { workload } of tables.instances.values()) {
    const ref = workloadRef(workload);
    if (!workloads.has(ref)) workloads.set(ref, workload);
  }
  return [...workloads].map(([ref, workload]) => ({ workload, instances: instancesOfWorkload.get(ref) }));
}
