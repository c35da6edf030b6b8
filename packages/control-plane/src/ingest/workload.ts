// Deployment and StatefulSet (apps/v1) → Workload, and what Pods share with them.

import type { Deployment, StatefulSet } from '@weft/api/kinds/workload';
import type { Workload } from '../model/workload.ts';
import type { Ingested } from './ingested.ts';

export function ingestWorkload({ kind, metadata, spec }: Deployment | StatefulSet): Ingested<Workload> {
  const labels = spec.template.metadata.labels;
  return {
    value: {
      kind,
      namespace: metadata.namespace,
      ...describeWorkload(metadata.name, labels),
      serviceAccount: spec.template.spec.serviceAccountName,
      replicas: spec.replicas,
    },
    findings: [],
  };
}

/** The names that metrics use, from the labels that Kubernetes recommends or the older short ones. */
export function describeWorkload(
  name: string,
  labels: Readonly<Record<string, string>>,
): Pick<Workload, 'name' | 'app' | 'version'> {
  return {
    name,
    app: labels['app.kubernetes.io/name'] ?? labels['app'] ?? name,
    version: labels['app.kubernetes.io/version'] ?? labels['version'] ?? 'latest',
  };
}
