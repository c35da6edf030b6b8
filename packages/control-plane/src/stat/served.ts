// Which workloads are behind which Services: the rows that `weft stat` has whether there is traffic or not.

import { hasLabels } from '@weft/api/kinds/label-selector';
import type { Model, WorkloadWithInstances } from '../model/model.ts';
import type { Service } from '../model/service.ts';
import type { WorkloadInstance } from '../model/workload.ts';
import type { ServedWorkload } from './rows.ts';

/** One for each Service, workload behind it and version of its instances (two in the middle of a roll-out). */
export function servedWorkloads(model: Model): ServedWorkload[] {
  const workloads = model.workloads();
  return [...model.services.values()].flatMap((service) =>
    workloads.flatMap((workload) => servedBy(service, workload)),
  );
}

function servedBy(service: Service, { workload, instances }: WorkloadWithInstances): ServedWorkload[] {
  const { namespace, selector } = service;
  if (selector === undefined || workload.namespace !== namespace) return [];
  const byVersion = Map.groupBy(
    instances.filter(({ labels }) => hasLabels(labels, selector)),
    (instance) => instance.workload.version,
  );
  return [...byVersion].map(([version, ofVersion]) => ({
    namespace,
    service: service.name,
    workload: workload.name,
    version,
    replicas: version === workload.version ? (workload.replicas ?? ofVersion.length) : ofVersion.length,
    ready: ofVersion.filter((instance: WorkloadInstance) => instance.ready).length,
  }));
}
