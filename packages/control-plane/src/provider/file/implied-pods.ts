// The Pods that would run, for commands that work on files alone (`weft explain`): one for each replica.

import { MESHED_ANNOTATION } from '@weft/api/annotation';
import type { Pod } from '@weft/api/kinds/pod';
import type { Deployment, StatefulSet } from '@weft/api/kinds/workload';
import type { Resource } from '@weft/api/resource';

/**
 * A ready Pod at 127.0.0.1, meshed, for each replica of each Deployment and StatefulSet: `<name>-0`, `<name>-1` …
 * Pods that are there already are left out.
 */
export function impliedPods(resources: readonly Resource[]): Pod[] {
  const there = new Set(
    resources
      .filter(({ kind }) => kind === 'Pod')
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  );
  return resources
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .flatMap((workload) => podsOf(workload as unknown as Deployment | StatefulSet))
    .filter(({ metadata }) => !there.has(`${metadata.namespace}/${metadata.name}`));
}

function podsOf({ apiVersion, kind, metadata, spec }: Deployment | StatefulSet): Pod[] {
  const { labels, annotations } = spec.template.metadata;
  return Array.from({ length: spec.replicas }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${metadata.name}-${index}`,
      namespace: metadata.namespace,
      labels,
      annotations: { ...annotations, [MESHED_ANNOTATION]: 'true' },
      ownerReferences: [{ apiVersion, kind, name: metadata.name }],
    },
    spec: spec.template.spec,
    status: {
      phase: 'Running',
      podIP: '127.0.0.1',
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }));
}
