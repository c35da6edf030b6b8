// Workload instance + the Services that select it + its effective policies → Inbound.

import type { Inbound, InboundPort } from '@weft/api/proxy-config/types';
import { objectKey } from '../model/object.ts';
import { isDivisible, isRoutable, type Service, type ServicePort } from '../model/service.ts';
import { resolveTargetPort, type WorkloadInstance } from '../model/workload.ts';
import type { EffectivePolicy } from '../policy/effective-policy.ts';
import { describeInstance } from './endpoints.ts';

/** A port of an instance that peers can call, and the Service ports that lead to it. */
export interface ExposedPort {
  readonly number: number;
  /** By the Services' names; empty for a container port that no Service selects. */
  readonly services: readonly { readonly service: Service; readonly port: ServicePort }[];
}

/** Everything that a Service selects and every declared container port, by number. */
export function exposedPorts(
  instance: WorkloadInstance,
  services: readonly Service[],
): readonly ExposedPort[] {
  const exposed = new Map<number, { service: Service; port: ServicePort }[]>(
    instance.ports.map((port) => [port.number, []]),
  );
  for (const service of services) {
    for (const port of service.ports) {
      const number = resolveTargetPort(instance, port.targetPort);
      if (number === undefined) continue;
      const leading = exposed.get(number);
      if (leading) leading.push({ service, port });
      else exposed.set(number, [{ service, port }]);
    }
  }
  return [...exposed].sort(([a], [b]) => a - b).map(([number, services]) => ({ number, services }));
}

export function compileInbound(
  instance: WorkloadInstance,
  ports: readonly ExposedPort[],
  policyOf: (port: ExposedPort) => EffectivePolicy,
): Inbound {
  return {
    name: objectKey(instance.namespace, instance.name),
    workload: describeInstance(instance),
    ports: ports.map((port) => compilePort(instance, port, policyOf(port))),
  };
}

function compilePort(instance: WorkloadInstance, exposed: ExposedPort, policy: EffectivePolicy): InboundPort {
  const first = exposed.services[0]?.service;
  // Several Services may lead here; the first that declares a protocol speaks for those that do not.
  const declared = exposed.services.find(({ port }) => port.protocol !== 'detect');
  const protocol = declared?.port.protocol ?? 'detect';
  const { streamIdleMs, idleTimeoutMs } = policy.idle;
  return {
    port: exposed.number,
    protocol,
    app: { address: '127.0.0.1', port: instance.appPorts[exposed.number] ?? exposed.number },
    mtls: policy.mtls,
    authorization: policy.authorization,
    ...(first && { service: { namespace: first.namespace, name: first.name } }),
    ...(idleTimeoutMs !== undefined && isDivisible({ protocol }) && { idleTimeoutMs }),
    ...(streamIdleMs !== undefined && isRoutable({ protocol }) && { streamIdleMs }),
  };
}
