// What one replica needs before anything of it starts: its name, its ports, its sidecar's bootstrap.
//
//   others ──▶ sidecar inbound listener ──▶ process port       one pair for each container port
//   process ──<NAME>_SERVICE_PORT──▶ sidecar outbound listener one for each port of each Service it can name

import { hasLabels } from '@weft/api/kinds/label-selector';
import type { ProxyBootstrap } from '@weft/api/proxy-config/bootstrap';
import type { Listener, WorkloadRef } from '@weft/api/proxy-config/types';
import {
  type ServiceListener,
  type ServicePort,
  serviceEnvironment,
  variableName,
} from './service-environment.ts';
import type { LocalWorkload } from './workload.ts';

export interface PodPlan {
  /** `<workload>-<ordinal>` */
  readonly pod: string;
  readonly ports: readonly PodPort[];
  readonly services: readonly ServiceListener[];
  readonly admin: { readonly admin: number; readonly metrics: number; readonly health: number };
}

export interface PodPort {
  readonly name?: string;
  readonly containerPort: number;
  /** Where peers reach it: a listener of the sidecar. */
  readonly sidecar: number;
  /** Where the process listens. */
  readonly process: number;
}

/** Allocates all ports of a replica. Services of other namespaces get no variable, so no listener either. */
export async function planPod(
  workload: LocalWorkload,
  ordinal: number,
  services: readonly ServicePort[],
  allocate: () => Promise<number>,
): Promise<PodPlan> {
  const ports: PodPort[] = [];
  for (const { name, containerPort } of exposedPorts(workload, services)) {
    const named = name === undefined ? {} : { name };
    ports.push({ ...named, containerPort, sidecar: await allocate(), process: await allocate() });
  }
  const listeners: ServiceListener[] = [];
  for (const { namespace, service, name, port } of services) {
    if (namespace !== workload.namespace) continue;
    const named = name === undefined ? {} : { name };
    listeners.push({ namespace, service, ...named, port, listenerPort: await allocate() });
  }
  return {
    pod: `${workload.name}-${ordinal}`,
    ports,
    services: listeners,
    admin: { admin: await allocate(), metrics: await allocate(), health: await allocate() },
  };
}

/** Container ports that peers can call: those declared, and those that only a Service names. */
function exposedPorts(
  { namespace, template }: LocalWorkload,
  services: readonly ServicePort[],
): readonly { readonly name?: string; readonly containerPort: number }[] {
  const declared = new Set(template.ports.map(({ containerPort }) => containerPort));
  const selected = services.flatMap(({ namespace: of, selector, targetPort }) =>
    of === namespace && selector && typeof targetPort === 'number' && hasLabels(template.labels, selector)
      ? [targetPort]
      : [],
  );
  const implied = [...new Set(selected)].filter((port) => !declared.has(port));
  return [...template.ports, ...implied.map((containerPort) => ({ containerPort }))];
}

/** Every port of the plan, to give back when the replica is gone. */
export function allPorts(plan: PodPlan): number[] {
  return [
    ...plan.ports.flatMap(({ sidecar, process }) => [sidecar, process]),
    ...plan.services.map(({ listenerPort }) => listenerPort),
    ...Object.values(plan.admin),
  ];
}

/** Variables that the mesh sets: PORT (the first container port), PORT_<NAME> for the named ones, services. */
export function planEnvironment(plan: PodPlan): Record<string, string> {
  const [first] = plan.ports;
  const variables: Record<string, string> = first ? { PORT: String(first.process) } : {};
  for (const { name, process } of plan.ports) {
    if (name !== undefined) variables[`PORT_${variableName(name)}`] = String(process);
  }
  return { ...variables, ...serviceEnvironment(plan.services) };
}

/** The sidecar's listeners: inbound ones by container port, outbound ones by the Outbound's name. */
export function planListeners(plan: PodPlan): Listener[] {
  const address = '127.0.0.1';
  return [
    ...plan.ports.map(({ containerPort, sidecar }) => ({
      name: `inbound-${containerPort}`,
      address,
      port: sidecar,
      inbound: containerPort,
    })),
    ...plan.services.map(({ namespace, service, port, listenerPort }) => {
      const outbound = `${namespace}/${service}:${port}`;
      return { name: `outbound-${outbound}`, address, port: listenerPort, outbound };
    }),
  ];
}

export interface BootstrapFiles {
  readonly controlPlane: string;
  readonly rootsFile: string;
  readonly tokenFile: string;
  readonly cacheDir: string;
}

export function planBootstrap(plan: PodPlan, workload: LocalWorkload, files: BootstrapFiles): ProxyBootstrap {
  return {
    node: {
      id: `${workload.namespace}/${plan.pod}`,
      workload: planWorkloadRef(workload, plan.pod),
      serviceAccount: workload.template.serviceAccount,
    },
    controlPlane: { address: files.controlPlane, rootsFile: files.rootsFile, tokenFile: files.tokenFile },
    listeners: planListeners(plan),
    // The launcher asks every second whether it is ready.
    drain: { graceMs: 3000 },
    admin: plan.admin,
    cacheDir: files.cacheDir,
  };
}

/** The workload as metrics and logs name it. */
export function planWorkloadRef({ namespace, name, template }: LocalWorkload, pod: string): WorkloadRef {
  const { labels } = template;
  return {
    namespace,
    name,
    app: labels['app.kubernetes.io/name'] ?? labels['app'] ?? name,
    version: labels['app.kubernetes.io/version'] ?? labels['version'] ?? 'latest',
    pod,
  };
}
