// Reports → the `status` of routes (Gateway API) and of own policies (GEP-713).

import type { Condition } from '@weft/api/control-plane-api';
import type { ConditionType, Finding } from '../model/finding.ts';
import type { PolicyReport, RouteReport } from '../model/report.ts';
import { toConditions } from './conditions.ts';

export const CONTROLLER_NAME = 'weft.dev/controller';

export interface RouteStatus {
  readonly parents: readonly {
    readonly parentRef: {
      readonly group: string;
      readonly kind: string;
      readonly namespace: string;
      readonly name: string;
      readonly sectionName?: string;
      readonly port?: number;
    };
    readonly controllerName: string;
    readonly conditions: readonly Condition[];
  }[];
}

export interface PolicyStatus {
  readonly ancestors: readonly {
    readonly ancestorRef: {
      readonly group: string;
      readonly kind: string;
      readonly namespace?: string;
      readonly name: string;
      readonly sectionName?: string;
    };
    readonly controllerName: string;
    readonly conditions: readonly Condition[];
  }[];
}

export interface MeshConfigStatus {
  readonly conditions: readonly Condition[];
}

export type ObjectStatus = RouteStatus | PolicyStatus | MeshConfigStatus;

export function routeStatus({ object, shared, attachments }: RouteReport): RouteStatus {
  return {
    parents: attachments.map(({ to: { namespace, name, sectionName, port }, findings }) => ({
      parentRef: {
        group: '',
        kind: 'Service',
        namespace,
        name,
        ...(sectionName !== undefined && { sectionName }),
        ...(port !== undefined && { port }),
      },
      controllerName: CONTROLLER_NAME,
      conditions: toConditions(['Accepted', 'ResolvedRefs'], [...shared, ...findings], object.generation),
    })),
  };
}

const GROUPS = {
  Service: '',
  Namespace: '',
  Deployment: 'apps',
  StatefulSet: 'apps',
  MeshConfig: 'weft.dev',
} as const;

export function policyStatus(
  { object, shared, attachments }: PolicyReport,
  conditions: readonly ConditionType[],
): PolicyStatus {
  return {
    ancestors: attachments.map(({ to: { kind, namespace, name, sectionName }, findings }) => ({
      ancestorRef: {
        group: GROUPS[kind],
        kind,
        ...(kind !== 'Namespace' && kind !== 'MeshConfig' && { namespace }),
        name,
        ...(sectionName !== undefined && { sectionName }),
      },
      controllerName: CONTROLLER_NAME,
      conditions: toConditions(conditions, [...shared, ...findings], object.generation),
    })),
  };
}

export function meshConfigStatus(
  findings: readonly Finding[],
  generation: number | undefined,
): MeshConfigStatus {
  return { conditions: toConditions(['Accepted', 'Programmed'], findings, generation) };
}
