// Whether a replica may take traffic: its sidecar is ready, its process runs and answers the probe that the pod
// declares. Without one, every port that it declares has to accept connections.

import type { Probe } from '@weft/api/kinds/pod-spec';
import type { PodPlan } from './pod-plan.ts';
import { type ProbeResult, probeHttp, probeTcp } from './probe.ts';

export function probeSidecar(plan: PodPlan): Promise<ProbeResult> {
  return probeHttp(plan.admin.health, '/healthz/ready', 1000);
}

/** Whether the sidecar itself said that it is not ready, rather than nothing in time. */
export function isRefusal(answer: string): boolean {
  return answer.startsWith('not ready');
}

export async function probeProcess(plan: PodPlan, probe: Probe | undefined): Promise<ProbeResult> {
  const timeoutMs = (probe?.timeoutSeconds ?? 1) * 1000;
  if (probe?.httpGet) {
    const port = processPort(plan, probe.httpGet.port);
    if (port === undefined) return `readinessProbe: the pod has no port ${probe.httpGet.port}`;
    return probeHttp(port, probe.httpGet.path, timeoutMs);
  }
  if (probe?.tcpSocket) {
    const port = processPort(plan, probe.tcpSocket.port);
    if (port === undefined) return `readinessProbe: the pod has no port ${probe.tcpSocket.port}`;
    return probeTcp(port, timeoutMs);
  }
  for (const { process } of plan.ports) {
    const result = await probeTcp(process, timeoutMs);
    if (result !== true) return result;
  }
  return true;
}

/** Where the process listens for a container port, by number or by name. */
function processPort(plan: PodPlan, port: number | string): number | undefined {
  return plan.ports.find(({ name, containerPort }) => containerPort === port || name === port)?.process;
}
