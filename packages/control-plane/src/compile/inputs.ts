// The model as tables, with the groups by which compilation looks things up, so that nothing is ever searched for.

import type { Graph } from '../collection/graph.ts';
import { Grouping } from '../collection/grouping.ts';
import { Table } from '../collection/table.ts';
import type { ModelParts } from '../ingest/ingest.ts';
import { objectKey } from '../model/object.ts';
import type { Policy } from '../model/policy.ts';
import type { Service } from '../model/service.ts';
import { type WorkloadInstance, workloadRef } from '../model/workload.ts';

export type Tables = { readonly [Part in keyof ModelParts]: Table<ModelParts[Part]> };

export interface Inputs {
  readonly tables: Tables;
  /** By `<namespace>/<service>`. */
  readonly slicesOfService: Grouping<ModelParts['slices']>;
  /** By one label of the selector: labelGroup(). */
  readonly servicesBySelector: Grouping<Service>;
  readonly instancesByAddress: Grouping<WorkloadInstance>;
  /** By `<kind>/<namespace>/<name>` of the workload. */
  readonly instancesOfWorkload: Grouping<WorkloadInstance>;
  /** By `<namespace>/<service>` of a parent. */
  readonly routesOfService: Grouping<ModelParts['routes']>;
  /** By `<namespace>/<service>` of a backend. */
  readonly routesToService: Grouping<ModelParts['routes']>;
  /** By namespace. */
  readonly grantsOfNamespace: Grouping<ModelParts['grants']>;
  /** By the target's ref. */
  readonly authenticationOn: Grouping<ModelParts['authentication']>;
  readonly authorizationOn: Grouping<ModelParts['authorization']>;
  readonly backendTrafficOn: Grouping<ModelParts['backendTraffic']>;
  readonly backendTlsOn: Grouping<ModelParts['backendTls']>;
  readonly telemetryOn: Grouping<ModelParts['telemetry']>;
}

export function createInputs(graph: Graph): Inputs {
  const tables: Tables = {
    services: new Table(graph),
    slices: new Table(graph),
    instances: new Table(graph),
    workloads: new Table(graph),
    routes: new Table(graph),
    grants: new Table(graph),
    authentication: new Table(graph),
    authorization: new Table(graph),
    backendTraffic: new Table(graph),
    backendTls: new Table(graph),
    caBundles: new Table(graph),
    telemetry: new Table(graph),
    settings: new Table(graph),
  };
  const byTarget = <P extends Policy>(table: Table<P>): Grouping<P> =>
    new Grouping(graph, table, (policy) => new Set(policy.targets.map((target) => target.ref)));

  return {
    tables,
    slicesOfService: new Grouping(graph, tables.slices, (slice) => [
      objectKey(slice.namespace, slice.service),
    ]),
    servicesBySelector: new Grouping(graph, tables.services, ({ namespace, selector = {} }) => {
      const first = Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1))[0];
      return first ? [labelGroup(namespace, ...first)] : [];
    }),
    instancesByAddress: new Grouping(graph, tables.instances, ({ address }) =>
      address === undefined ? [] : [address],
    ),
    instancesOfWorkload: new Grouping(graph, tables.instances, ({ workload }) => [workloadRef(workload)]),
    routesOfService: new Grouping(
      graph,
      tables.routes,
      (route) => new Set(route.parents.map((parent) => objectKey(parent.namespace, parent.name))),
    ),
    routesToService: new Grouping(
      graph,
      tables.routes,
      ({ rules }) =>
        new Set(
          rules.flatMap(({ backends }) => backends.map(({ namespace, name }) => objectKey(namespace, name))),
        ),
    ),
    grantsOfNamespace: new Grouping(graph, tables.grants, (grant) => [grant.namespace]),
    authenticationOn: byTarget(tables.authentication),
    authorizationOn: byTarget(tables.authorization),
    backendTrafficOn: byTarget(tables.backendTraffic),
    backendTlsOn: byTarget(tables.backendTls),
    telemetryOn: byTarget(tables.telemetry),
  };
}

export function labelGroup(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}
