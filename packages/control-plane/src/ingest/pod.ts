// Pod (v1) → WorkloadInstance.

import { LOCAL_PORTS_ANNOTATION, MESHED_ANNOTATION } from '@weft/api/annotation';
import type { Pod } from '@weft/api/kinds/pod';
import { formatFieldPath } from '@weft/api/manifest/field-path';
import type { Finding } from '../model/finding.ts';
import type { PortMap, WorkloadInstance } from '../model/workload.ts';
import { type Ingested, modelObject } from './ingested.ts';
import { describeWorkload } from './workload.ts';

/** `{"8080": 41873}`: what is meant for container port 8080 is listened for at 127.0.0.1:41873 (local mesh). */
export const LOCAL_APP_PORTS_ANNOTATION = 'weft.dev/local-app-ports';

export function ingestPod({ metadata, spec, status }: Pod): Ingested<WorkloadInstance> {
  const { labels = {}, annotations = {}, namespace } = metadata;
  const findings: Finding[] = [];
  const owner = ownerOf(metadata);
  const readPorts = (annotation: string): PortMap => {
    const ports = parsePortMap(annotations[annotation] ?? '{}');
    if (ports) return ports;
    findings.push({
      reason: 'InvalidAnnotation',
      message: `${annotation} is not a JSON object of ports, so it has no effect`,
      field: formatFieldPath(['metadata', 'annotations', annotation]),
    });
    return {};
  };
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return {
    value: {
      ...modelObject('Pod', metadata),
      workload: {
        kind: owner.kind,
        namespace,
        ...describeWorkload(owner.name, labels),
        serviceAccount: spec.serviceAccountName,
      },
      labels,
      ...(status?.podIP && { address: status.podIP }),
      ready: isReady(metadata, status),
      meshed: annotations[MESHED_ANNOTATION] === 'true',
      ports: [...sidecars, ...spec.containers].flatMap((container) =>
        container.ports.flatMap(({ name, containerPort, protocol }) =>
          protocol === 'TCP' ? [{ ...(name !== undefined && { name }), number: containerPort }] : [],
        ),
      ),
      appPorts: readPorts(LOCAL_APP_PORTS_ANNOTATION),
      dialledPorts: readPorts(LOCAL_PORTS_ANNOTATION),
    },
    findings,
  };
}

// A Deployment's Pods belong to a ReplicaSet named after it and the hash of its template.
function ownerOf({ name, labels = {}, ownerReferences = [] }: Pod['metadata']): {
  kind: string;
  name: string;
} {
  const owner = ownerReferences[0];
  if (!owner) return { kind: 'Pod', name };
  const suffix = `-${labels['pod-template-hash']}`;
  return owner.kind === 'ReplicaSet' && owner.name.endsWith(suffix)
    ? { kind: 'Deployment', name: owner.name.slice(0, -suffix.length) }
    : { kind: owner.kind, name: owner.name };
}

function isReady({ deletionTimestamp }: Pod['metadata'], status: Pod['status']): boolean {
  return (
    deletionTimestamp === undefined &&
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

function parsePortMap(text: string): PortMap | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const entries = Object.entries(parsed).map(([container, port]) => [Number(container), port] as const);
  return entries.every((ports) => ports.every(isPort)) ? Object.fromEntries(entries) : undefined;
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) < 65536;
}
