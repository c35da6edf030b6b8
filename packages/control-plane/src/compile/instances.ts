// What is derived for a workload instance: its exposed ports, the policies on them, its Inbound.

import { hasLabels } from '@weft/api/kinds/label-selector';
import type { AuthorizationRuleSet, Inbound, ObjectRef, Telemetry } from '@weft/api/proxy-config/types';
import { Derivation } from '../collection/derivation.ts';
import type { Graph } from '../collection/graph.ts';
import type { MeshSettings } from '../model/mesh-settings.ts';
import { objectKey } from '../model/object.ts';
import { MESH_TARGET, namespaceTarget } from '../model/policy.ts';
import type { Service } from '../model/service.ts';
import { spiffeId } from '../model/spiffe-id.ts';
import { type WorkloadInstance, workloadRef } from '../model/workload.ts';
import { inForce } from '../policy/attachment.ts';
import { type EffectiveMtls, effectiveMtls } from '../policy/authentication/effective.ts';
import { compileRuleSet, inEvaluationOrder } from '../policy/authorization/rule-set.ts';
import { effectiveAccessLog } from '../policy/telemetry/effective.ts';
import { compileInbound, type ExposedPort, exposedPorts } from './inbound.ts';
import { type Inputs, labelGroup } from './inputs.ts';
import type { TrafficDerivations } from './traffic.ts';

export interface InstanceDerivations {
  /** By `<namespace>/<pod>`. */
  readonly inbound: Derivation<Inbound | undefined>;
  readonly accessLog: Derivation<Telemetry['accessLog']>;
  /** By portKey(): the SPIFFE id that clients have to demand there; undefined: plain text. */
  readonly identity: Derivation<string | undefined>;
}

/** Key of one port of an instance. */
export function portKey(instance: WorkloadInstance, port: number): string {
  return `${objectKey(instance.namespace, instance.name)}:${port}`;
}

export function deriveInstances(
  graph: Graph,
  inputs: Inputs,
  settings: () => MeshSettings,
  traffic: TrafficDerivations,
): InstanceDerivations {
  const { instances } = inputs.tables;

  const services = new Derivation<readonly Service[]>(graph, 'Services of an instance', (key) => {
    const instance = instances.get(key);
    if (!instance) return [];
    const { namespace, labels } = instance;
    return Object.entries(labels)
      .flatMap((label) => inputs.servicesBySelector.get(labelGroup(namespace, ...label)))
      .filter((service) => hasLabels(labels, service.selector ?? {}))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  });

  const ports = new Derivation<readonly ExposedPort[]>(graph, 'exposed ports of an instance', (key) => {
    const instance = instances.get(key);
    return instance ? exposedPorts(instance, services.get(key)) : [];
  });

  // From the most to the least specific target that covers a port, or with no port the instance as a whole. Where
  // several Services lead to the port, their policies are asked in the order of the Services' names.
  const scopes = (instance: WorkloadInstance, port?: number): readonly ObjectRef[] => {
    const key = objectKey(instance.namespace, instance.name);
    const leading =
      port === undefined
        ? services.get(key)
        : (ports.get(key).find(({ number }) => number === port)?.services ?? []).map(
            ({ service }) => service,
          );
    return [
      workloadRef(instance.workload),
      ...leading.map((service) => service.ref),
      namespaceTarget(instance.namespace).ref,
      MESH_TARGET.ref,
    ];
  };

  const atPort = <V>(name: string, compute: (instance: WorkloadInstance, port: number) => V) =>
    new Derivation<V | undefined>(graph, name, (key) => {
      const colon = key.lastIndexOf(':');
      const instance = instances.get(key.slice(0, colon));
      return instance && compute(instance, Number(key.slice(colon + 1)));
    });

  const mtls = atPort<EffectiveMtls>('mTLS of a port', (instance, port) => {
    const policies = scopes(instance, port).flatMap((ref) => inForce(inputs.authenticationOn.get(ref)) ?? []);
    return effectiveMtls(policies, port, settings().mtls);
  });

  const ruleSet = new Derivation<AuthorizationRuleSet | undefined>(graph, 'rule set', (key) => {
    const policy = inputs.tables.authorization.get(key);
    return policy && compileRuleSet(policy, settings().trustDomain);
  });

  const authorization = atPort<readonly AuthorizationRuleSet[]>(
    'authorization of a port',
    (instance, port) => {
      const policies = scopes(instance, port).flatMap((ref) => inputs.authorizationOn.get(ref));
      return inEvaluationOrder(policies).flatMap(
        (policy) => ruleSet.get(objectKey(policy.namespace, policy.name)) ?? [],
      );
    },
  );

  return {
    inbound: new Derivation(graph, 'Inbound', (key) => {
      const instance = instances.get(key);
      return (
        instance &&
        compileInbound(instance, ports.get(key), ({ number, services }) => ({
          mtls: mtls.get(portKey(instance, number)) ?? { mode: settings().mtls },
          authorization: authorization.get(portKey(instance, number)) ?? [],
          idle: traffic.received(services.map(({ service }) => service)),
        }))
      );
    }),
    accessLog: new Derivation(graph, 'access log of an instance', (key) => {
      const instance = instances.get(key);
      const policies = instance
        ? scopes(instance).flatMap((ref) => inForce(inputs.telemetryOn.get(ref)) ?? [])
        : [];
      return effectiveAccessLog(policies, settings().accessLog);
    }),
    identity: atPort('identity of a port', (instance, port) => {
      if (!instance.meshed || mtls.get(portKey(instance, port))?.mode === 'DISABLE') return undefined;
      return spiffeId(settings().trustDomain, instance.namespace, instance.workload.serviceAccount);
    }),
  };
}
