// The page of `weft status`: what there is, what is wrong with it, and how the workloads do.

import type { Diagnostic, MeshStatus, ProxyStatus, WorkloadStatus } from '@weft/api/control-plane-api';
import type { Pod } from '@weft/api/kinds/pod';
import type { Model, WorkloadWithInstances } from '../model/model.ts';
import { objectKey } from '../model/object.ts';

export interface MeshStatusSources {
  readonly version: string;
  readonly provider: MeshStatus['provider'];
  readonly model: Model;
  readonly diagnostics: readonly Diagnostic[];
  readonly proxies: readonly ProxyStatus[];
  /** All Pods there are. */
  readonly pods: readonly Pod[];
}

export function meshStatus(sources: MeshStatusSources): MeshStatus {
  const { version, provider, model, diagnostics, proxies, pods } = sources;
  const connected = new Set(proxies.filter((proxy) => proxy.connected).map((proxy) => proxy.id));
  const problems = new Map(pods.map((pod) => [podKey(pod), problemOf(pod)]));
  const workloads = model.workloads();
  return {
    version,
    trustDomain: model.settings.trustDomain,
    provider,
    counts: {
      services: model.services.size,
      workloads: workloads.length,
      routes: model.routes.size,
      policies: Object.values(model.policies).reduce((sum, { size }) => sum + size, 0),
      proxies: connected.size,
    },
    diagnostics,
    workloads: workloads.map((workload) => workloadStatus(workload, connected, problems)),
  };
}

function workloadStatus(
  { workload, instances }: WorkloadWithInstances,
  connected: ReadonlySet<string>,
  problems: ReadonlyMap<string, string | undefined>,
): WorkloadStatus {
  const keys = instances.map(({ namespace, name }) => objectKey(namespace, name));
  const messages = new Set(keys.flatMap((key) => problems.get(key) ?? []));
  return {
    namespace: workload.namespace,
    name: workload.name,
    version: workload.version,
    replicas: workload.replicas ?? instances.length,
    ready: instances.filter(({ ready }) => ready).length,
    proxies: keys.filter((key) => connected.has(key)).length,
    ...(messages.size > 0 && { message: [...messages].join('; ') }),
  };
}

/** Why a Pod is not ready; undefined where it is, or is being deleted, or says nothing. */
function problemOf({ metadata, status }: Pod): string | undefined {
  if (metadata['deletionTimestamp'] !== undefined) return undefined;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined || ready.status === 'True') return undefined;
  const said = [ready.reason, ready.message].filter((text) => text !== undefined && text !== '');
  return said.length === 0 ? undefined : said.join(': ');
}

function podKey({ metadata }: Pod): string {
  return objectKey(metadata.namespace, metadata.name);
}
