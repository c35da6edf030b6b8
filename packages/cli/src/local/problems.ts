// Everything that is wrong with a running mesh, as lines for a person.

import type { ApiClient } from '../api-client.ts';
import { diagnosticLine } from '../output/diagnostic.ts';
import type { RunningMesh } from './start.ts';

/** Workloads that are not well first, then what was written wrongly, then what has no effect here. */
export async function problemsOf({ mesh, controlPlane }: RunningMesh, api: ApiClient): Promise<string[]> {
  const { replicas, diagnostics } = mesh.state;
  const broken = replicas.flatMap(({ notReady, workload, plan }) =>
    notReady && notReady.reason !== 'ContainerCreating' && notReady.reason !== 'SidecarNotReady'
      ? [`${workload.namespace}/${plan.pod}: ${notReady.reason}: ${notReady.message}`]
      : [],
  );
  const reported = await api.status().then(
    (status) => status.diagnostics,
    () => [],
  );
  const away = controlPlane.problem ?? mesh.refusal;
  return [
    ...(away === undefined ? [] : [away]),
    ...broken,
    ...[...reported, ...diagnostics].map((diagnostic) => diagnosticLine(diagnostic)),
  ];
}
