// What Kubernetes' controllers would make of the manifests and of the Pods that run: EndpointSlices for Services
// with a selector, and the Namespaces and ServiceAccounts that are used but not written.

import { isDeepStrictEqual } from 'node:util';
import { LOCAL_PORTS_ANNOTATION } from '@weft/api/annotation';
import { type EndpointSlice, SERVICE_NAME_LABEL } from '@weft/api/kinds/endpoint-slice';
import { hasLabels } from '@weft/api/kinds/label-selector';
import type { Pod } from '@weft/api/kinds/pod';
import type { Service } from '@weft/api/kinds/service';
import { objectRef } from '@weft/api/manifest/check';
import type { Resource, SourcedResource } from '@weft/api/resource';
import type { ResourceSet } from '../provider.ts';

export class LocalCluster {
  #made = new Map<string, SourcedResource>();

  /**
   * `written` completed by `pods` and by what follows from both. A Pod that runs stands for a written one of the
   * same name. What is made is the same reference as in the call before where its content is the same.
   */
  complete(written: ResourceSet, pods: readonly Pod[]): ResourceSet {
    const names = new Set(pods.map(objectRef));
    const kept = written.resources.filter(({ resource }) => !names.has(objectRef(resource)));
    const before = [...kept.map(({ resource }) => resource), ...pods];
    const slices = endpointSlices(before);
    const made = [...pods, ...slices, ...implied(before)].map((resource) =>
      this.#reuse(resource as Resource),
    );
    this.#made = new Map(made.map((sourced) => [objectRef(sourced.resource) as string, sourced]));
    return { ...written, resources: [...kept, ...made] };
  }

  #reuse(resource: Resource): SourcedResource {
    const former = this.#made.get(objectRef(resource) as string);
    return former && isDeepStrictEqual(former.resource, resource) ? former : { resource };
  }
}

function endpointSlices(resources: readonly Resource[]): EndpointSlice[] {
  const pods = resources.filter((resource) => resource.kind === 'Pod') as unknown as Pod[];
  const services = resources.filter((resource) => resource.kind === 'Service') as unknown as Service[];
  return services.flatMap((service) => pods.flatMap((pod) => sliceOf(service, pod) ?? []));
}

/** One slice for each Pod, since in the local mesh each has ports of its own. */
function sliceOf(service: Service, pod: Pod): EndpointSlice | undefined {
  const { selector } = service.spec;
  const { namespace } = service.metadata;
  const address = pod.status?.podIP;
  const hasEnded = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (selector === undefined || Object.keys(selector).length === 0 || address === undefined || hasEnded) {
    return undefined;
  }
  if (pod.metadata.namespace !== namespace || !hasLabels(pod.metadata.labels ?? {}, selector))
    return undefined;
  const serving =
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service.metadata.name}-${pod.metadata.name}`,
      namespace,
      labels: { [SERVICE_NAME_LABEL]: service.metadata.name },
    },
    addressType: address.includes(':') ? 'IPv6' : 'IPv4',
    ports: slicePorts(service, pod),
    endpoints: [
      {
        addresses: [address],
        conditions: {
          ready: service.spec.publishNotReadyAddresses || (serving && !terminating),
          serving,
          terminating,
        },
        targetRef: { kind: 'Pod', namespace, name: pod.metadata.name },
        ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
      },
    ],
  };
}

function slicePorts(service: Service, pod: Pod): EndpointSlice['ports'] {
  const dialled = localPorts(pod);
  return service.spec.ports.flatMap(({ name, port, targetPort = port, protocol, appProtocol }) => {
    const containerPort = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort, protocol);
    if (containerPort === undefined) return [];
    return [
      {
        ...(name === undefined ? {} : { name }),
        port: dialled[containerPort] ?? containerPort,
        protocol,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      },
    ];
  });
}

function namedPort(pod: Pod, wanted: string, protocol: string): number | undefined {
  const ports = pod.spec.containers.flatMap((container) => container.ports);
  return ports.find((port) => port.name === wanted && port.protocol === protocol)?.containerPort;
}

function localPorts(pod: Pod): Readonly<Record<string, number>> {
  const text = pod.metadata.annotations?.[LOCAL_PORTS_ANNOTATION];
  return text === undefined ? {} : (JSON.parse(text) as Record<string, number>);
}

/** A cluster refuses objects in a namespace that is not there; on a laptop naming it is enough. */
function implied(resources: readonly Resource[]): Resource[] {
  const wanted = new Map<string, Resource>();
  const want = (kind: string, name: string, namespace?: string): void => {
    const metadata = namespace === undefined ? { name } : { name, namespace };
    const resource = { apiVersion: 'v1', kind, metadata };
    wanted.set(objectRef(resource) as string, resource);
  };
  for (const { metadata, kind, spec } of resources) {
    if (metadata.namespace === undefined) continue;
    want('Namespace', metadata.namespace);
    want('ServiceAccount', 'default', metadata.namespace);
    if (kind === 'Pod') want('ServiceAccount', (spec as Pod['spec']).serviceAccountName, metadata.namespace);
  }
  for (const resource of resources) wanted.delete(objectRef(resource) as string);
  return [...wanted.values()];
}
