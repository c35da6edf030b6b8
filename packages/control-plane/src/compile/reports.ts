// What is derived for the status of routes and policies: findings that other objects decide.

import { Derivation } from '../collection/derivation.ts';
import type { Graph } from '../collection/graph.ts';
import type { Grouping } from '../collection/grouping.ts';
import type { Table } from '../collection/table.ts';
import type { Finding } from '../model/finding.ts';
import { objectKey } from '../model/object.ts';
import type { Policy, PolicyTarget } from '../model/policy.ts';
import type { PolicyReport, RouteReport } from '../model/report.ts';
import type { Route } from '../model/route.ts';
import type { RouteParent } from '../model/route-reference.ts';
import { destinationName, type Service } from '../model/service.ts';
import { conflictWith, inForce } from '../policy/attachment.ts';
import { backendTlsConflicts } from '../policy/backend-tls/effective.ts';
import { backendTrafficConflicts } from '../policy/backend-traffic/effective.ts';
import { attach } from './attachment.ts';
import { type DestinationDerivations, outboundKey } from './destinations.ts';
import type { Inputs } from './inputs.ts';
import { conflictAt, conflictFinding } from './routes-in-force.ts';

/** Policies by `<namespace>/<name>`, routes by ref; `shared` holds nothing that ingest has found already. */
export interface ReportDerivations {
  readonly routes: Derivation<RouteReport | undefined>;
  readonly policies: {
    readonly [Part in
      | 'authentication'
      | 'authorization'
      | 'backendTraffic'
      | 'backendTls'
      | 'telemetry']: Derivation<PolicyReport | undefined>;
  };
}

export function deriveReports(
  graph: Graph,
  inputs: Inputs,
  destinations: DestinationDerivations,
): ReportDerivations {
  const { tables } = inputs;

  const exists = ({ kind, namespace, name, ref }: PolicyTarget): boolean => {
    switch (kind) {
      case 'Namespace':
      case 'MeshConfig':
        return true;
      case 'Service':
        return tables.services.get(objectKey(namespace, name)) !== undefined;
      case 'Deployment':
      case 'StatefulSet':
        return tables.workloads.get(ref) !== undefined || inputs.instancesOfWorkload.get(ref).length > 0;
    }
  };

  const reportPolicy = <P extends Policy>(
    table: Table<P>,
    policiesOn: Grouping<P>,
    conflicts: (policy: P, onTarget: readonly P[], target: PolicyTarget) => readonly Finding[],
  ) =>
    new Derivation<PolicyReport | undefined>(graph, 'policy report', (key) => {
      const policy = table.get(key);
      return (
        policy && {
          object: policy,
          shared: [],
          attachments: policy.targets.map((target) => ({
            to: target,
            findings: exists(target)
              ? conflicts(policy, policiesOn.get(target.ref), target)
              : [targetNotFound(target)],
          })),
        }
      );
    });

  const attachmentFindings = (route: Route, parent: RouteParent): readonly Finding[] => {
    const { namespace, name, index } = parent;
    const { ports, finding } = attach(
      route.kind,
      parent,
      destinations.service.get(objectKey(namespace, name)),
    );
    if (finding) return [finding];
    const conflicts = ports.map((port) => {
      const inForce = destinations.inForce.get(
        outboundKey(destinationName(namespace, name, port), route.namespace),
      );
      return { port, conflict: inForce && conflictAt(route, inForce) };
    });
    const conflict = conflictFinding(conflicts, `spec.parentRefs[${index}]`);
    return conflict ? [conflict] : [];
  };

  return {
    routes: new Derivation(graph, 'route report', (ref) => {
      const route = tables.routes.get(ref);
      return (
        route && {
          object: route,
          shared: destinations.route.get(ref)?.findings ?? [],
          attachments: route.parents.map((parent) => ({
            to: parent,
            findings: attachmentFindings(route, parent),
          })),
        }
      );
    }),
    policies: {
      authentication: reportPolicy(tables.authentication, inputs.authenticationOn, onlyOneInForce),
      // All that apply are evaluated together, so that none is in another's way.
      authorization: reportPolicy(tables.authorization, inputs.authorizationOn, () => []),
      backendTraffic: reportPolicy(tables.backendTraffic, inputs.backendTrafficOn, backendTrafficConflicts),
      backendTls: withReferences(
        graph,
        reportPolicy(tables.backendTls, inputs.backendTlsOn, (policy, onTarget, target) => {
          const portFinding = portNotFound(
            target,
            tables.services.get(objectKey(target.namespace, target.name)),
          );
          if (portFinding) return [portFinding];
          const conflicts = backendTlsConflicts(policy, onTarget, target);
          return conflicts.length > 0 ? conflicts : meshedEndpoints(target, destinations);
        }),
        (key) => destinations.backendTls.get(key)?.findings ?? [],
      ),
      telemetry: reportPolicy(tables.telemetry, inputs.telemetryOn, onlyOneInForce),
    },
  };
}

/** Findings about what the policy refers to are about all of its targets. */
function withReferences(
  graph: Graph,
  reports: Derivation<PolicyReport | undefined>,
  findingsOf: (key: string) => readonly Finding[],
): Derivation<PolicyReport | undefined> {
  return new Derivation(graph, 'policy report with references', (key) => {
    const report = reports.get(key);
    return report && { ...report, shared: findingsOf(key) };
  });
}

function portNotFound(
  { kind, sectionName, field }: PolicyTarget,
  service: Service | undefined,
): Finding | undefined {
  if (kind !== 'Service' || sectionName === undefined || service === undefined) return undefined;
  if (service.ports.some(({ name }) => name === sectionName)) return undefined;
  const has = service.ports.flatMap(({ name }) => name ?? []).join(', ');
  return {
    condition: 'Accepted',
    reason: 'TargetNotFound',
    message: `Service ${service.namespace}/${service.name} has no port named ${sectionName}; it has ${has || 'none with a name'}`,
    field: `${field}.sectionName`,
  };
}

/** Mesh mTLS goes before a BackendTLSPolicy: where all endpoints have a sidecar, the policy does nothing. */
function meshedEndpoints(
  { kind, namespace, name, sectionName, field }: PolicyTarget,
  { service, endpoints }: DestinationDerivations,
): readonly Finding[] {
  if (kind !== 'Service') return [];
  const ports = service.get(objectKey(namespace, name))?.ports ?? [];
  const reached = ports
    .filter((port) => sectionName === undefined || port.name === sectionName)
    .flatMap((port) => endpoints.get(destinationName(namespace, name, port.number))?.endpoints ?? []);
  const meshed = reached.filter(({ identity }) => identity !== undefined);
  if (meshed.length === 0) return [];
  const which =
    meshed.length === reached.length ? 'all endpoints' : `${meshed.length} of ${reached.length} endpoints`;
  return [
    {
      reason: 'MeshTLS',
      message: `${which} of Service ${namespace}/${name} have a sidecar, which is reached by the mesh's own mTLS: the policy takes effect on endpoints without a sidecar only`,
      ...(field !== undefined && { field }),
    },
  ];
}

function onlyOneInForce<P extends Policy>(
  policy: P,
  onTarget: readonly P[],
  target: PolicyTarget,
): readonly Finding[] {
  const winner = inForce(onTarget);
  return winner && winner.ref !== policy.ref ? [conflictWith(winner, target.field)] : [];
}

function targetNotFound({ kind, namespace, name, field }: PolicyTarget): Finding {
  return {
    condition: 'Accepted',
    reason: 'TargetNotFound',
    message: `${kind} ${namespace}/${name} does not exist, so nothing is in force there: create it or correct the name`,
    ...(field !== undefined && { field: `${field}.name` }),
  };
}
