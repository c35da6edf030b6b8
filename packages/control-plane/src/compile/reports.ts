// What is derived for the status of routes and policies: findings that other objects decide.

import { Derivation } from '../collection/derivation.ts';
import type { Graph } from '../collection/graph.ts';
import type { Grouping } from '../collection/grouping.ts';
import type { Table } from '../collection/table.ts';
import type { Finding } from '../model/finding.ts';
import { objectKey } from '../model/object.ts';
import type { Policy, PolicyTarget } from '../model/policy.ts';
import type { PolicyReport, RouteReport } from '../model/report.ts';
import { conflictWith, inForce } from '../policy/attachment.ts';
import { backendTrafficConflicts } from '../policy/backend-traffic/effective.ts';
import { attach } from './attachment.ts';
import type { DestinationDerivations } from './destinations.ts';
import type { Inputs } from './inputs.ts';

/** Each by `<namespace>/<name>`; `shared` holds nothing that ingest has found already. */
export interface ReportDerivations {
  readonly routes: Derivation<RouteReport | undefined>;
  readonly policies: {
    readonly [Part in 'authentication' | 'authorization' | 'backendTraffic' | 'telemetry']: Derivation<
      PolicyReport | undefined
    >;
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

  return {
    routes: new Derivation(graph, 'route report', (key) => {
      const route = tables.routes.get(key);
      return (
        route && {
          object: route,
          shared: destinations.route.get(key)?.findings ?? [],
          attachments: route.parents.map((parent) => {
            const { finding } = attach(parent, tables.services.get(objectKey(parent.namespace, parent.name)));
            return { to: parent, findings: finding ? [finding] : [] };
          }),
        }
      );
    }),
    policies: {
      authentication: reportPolicy(tables.authentication, inputs.authenticationOn, onlyOneInForce),
      // All that apply are evaluated together, so that none is in another's way.
      authorization: reportPolicy(tables.authorization, inputs.authorizationOn, () => []),
      backendTraffic: reportPolicy(tables.backendTraffic, inputs.backendTrafficOn, backendTrafficConflicts),
      telemetry: reportPolicy(tables.telemetry, inputs.telemetryOn, onlyOneInForce),
    },
  };
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
