// A workload (a Deployment or another owner of Pods) and its instances (the Pods).

import type { ObjectRef } from '@weft/api/proxy-config/types';
import { type ModelObject, objectRef } from './object.ts';

export interface Workload {
  /** `Deployment`, `StatefulSet` or another kind of owner; `Pod` where there is none. */
  readonly kind: string;
  readonly namespace: string;
  /** Name of the owner; of the Pod where there is none. */
  readonly name: string;
  /** Label `app.kubernetes.io/name` or `app`, else the workload's name. */
  readonly app: string;
  /** Label `app.kubernetes.io/version` or `version`, else `latest`. */
  readonly version: string;
  readonly serviceAccount: string;
  /** Replicas that are wanted; absent where no Deployment says so. */
  readonly replicas?: number;
}

export interface WorkloadInstance extends ModelObject {
  readonly workload: Workload;
  readonly labels: Readonly<Record<string, string>>;
  /** Pod IP; absent until it has one. */
  readonly address?: string;
  /** Takes traffic: condition Ready, and not being deleted. */
  readonly ready: boolean;
  /** Has a sidecar, so that peers demand its identity. */
  readonly meshed: boolean;
  /** Declared container ports, in order. */
  readonly ports: readonly ContainerPort[];
  /** Where the process listens at 127.0.0.1, if not at the container port itself (local mesh). */
  readonly appPorts: PortMap;
  /** What peers dial at `address`, if not the container port itself (local mesh). */
  readonly dialledPorts: PortMap;
}

/** From container ports. */
export type PortMap = Readonly<Record<number, number>>;

export interface ContainerPort {
  readonly name?: string;
  readonly number: number;
}

/** The number that a Service's targetPort means on this instance; undefined: it has no port of that name. */
export function resolveTargetPort(instance: WorkloadInstance, target: number | string): number | undefined {
  if (typeof target === 'number') return target;
  return instance.ports.find((port) => port.name === target)?.number;
}

/** The container port that peers mean when they dial `port`. */
export function containerPortOf(instance: WorkloadInstance, port: number): number {
  const entry = Object.entries(instance.dialledPorts).find(([, dialled]) => dialled === port);
  return entry ? Number(entry[0]) : port;
}

/** Key of a workload, and of the policies on it. */
export function workloadRef({ kind, namespace, name }: Workload): ObjectRef {
  return objectRef(kind, namespace, name);
}
