// Who something is: workloads and services as metrics name them.

import type { Cluster, WorkloadRef } from '@weft/api/proxy-config/types';
import { defaulted, derived, object, optional, required } from './decoder.ts';
import { name } from './scalar.ts';

type ServiceRef = Cluster['service'];

export const workload = object<WorkloadRef>({
  namespace: defaulted(name, 'default'),
  name: required(name),
  app: derived(name, (given) => String(given.name)),
  version: defaulted(name, 'latest'),
  pod: optional(name),
});

export const service = object<ServiceRef>({
  namespace: defaulted(name, 'default'),
  name: required(name),
});

/** `<namespace>/<name>[:port]`, the form of the names of clusters and inbounds; `default` without a namespace. */
export function namedObject(text: unknown): ServiceRef {
  const [, namespace = 'default', object = ''] = /^(?:([^/]*)\/)?(.*?)(?::[^:]*)?$/.exec(String(text)) ?? [];
  return { namespace, name: object };
}
