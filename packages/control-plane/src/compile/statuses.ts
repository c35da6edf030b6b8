// What users are told about their objects: the status of each, and everything that is wrong, with its place.

import type { Diagnostic } from '@weft/api/control-plane-api';
import type { ObjectRef } from '@weft/api/proxy-config/types';
import type { ConditionType, Finding } from '../model/finding.ts';
import type { MeshSettings } from '../model/mesh-settings.ts';
import { allFindings, type PolicyReport, type Report, type RouteReport } from '../model/report.ts';
import { toDiagnostic } from '../status/diagnostics.ts';
import { meshConfigStatus, type ObjectStatus, policyStatus, routeStatus } from '../status/status.ts';
import { withTransitions } from '../status/transition.ts';
import type { ReportDerivations } from './reports.ts';
import type { ResourceStore, StoredObject } from './resource-store.ts';

/** What is known of one object, by the shape of its status. */
type Told =
  | { readonly kind: 'route'; readonly report: RouteReport }
  | { readonly kind: 'policy'; readonly report: PolicyReport; readonly conditions: readonly ConditionType[] }
  | { readonly kind: 'mesh-config'; readonly findings: readonly Finding[]; readonly generation?: number }
  | { readonly kind: 'no-status'; readonly findings: readonly Finding[] };

export class Statuses {
  readonly #store: ResourceStore;
  readonly #reports: ReportDerivations;
  readonly #settings: () => MeshSettings;
  readonly #kept = new Map<ObjectRef, ObjectStatus>();
  #now = '';

  constructor(store: ResourceStore, reports: ReportDerivations, settings: () => MeshSettings) {
    this.#store = store;
    this.#reports = reports;
    this.#settings = settings;
  }

  /** After each change of the store: conditions that differ from now on did so at `now`. */
  changed(now: Date): void {
    // Kubernetes writes whole seconds.
    this.#now = now.toISOString().replace(/\.\d+Z$/, 'Z');
    for (const ref of this.#kept.keys()) if (!this.#store.objects.has(ref)) this.#kept.delete(ref);
  }

  /** undefined: there is no such object, or Weft keeps no status for its kind. */
  of(ref: ObjectRef): ObjectStatus | undefined {
    const object = this.#store.objects.get(ref);
    const status = object && toStatus(this.#told(object));
    if (!status) return undefined;
    const stamped = withTransitions(status, this.#kept.get(ref), this.#now);
    this.#kept.set(ref, stamped);
    return stamped;
  }

  /** In the order of the objects. */
  diagnostics(): readonly Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    for (const [ref, object] of this.#store.objects) {
      if (object.isUnreadable) continue;
      const told = this.#told(object);
      for (const finding of 'report' in told ? allFindings(told.report) : told.findings) {
        diagnostics.push(toDiagnostic(ref, finding, object.sourced.origin));
      }
    }
    return diagnostics;
  }

  #told({ place, findings, sourced }: StoredObject): Told {
    switch (place?.part) {
      case 'routes':
        return { kind: 'route', report: withShared(findings, this.#reports.routes.get(place.key)) };
      case 'authentication':
      case 'authorization':
      case 'backendTraffic':
      case 'backendTls':
      case 'telemetry':
        return {
          kind: 'policy',
          report: withShared(findings, this.#reports.policies[place.part].get(place.key)),
          conditions: place.part === 'backendTls' ? ['Accepted', 'ResolvedRefs'] : ['Accepted', 'Programmed'],
        };
      case 'settings': {
        const { generation } = sourced.resource.metadata;
        const told = [...findings, ...this.#trustDomainFindings(sourced.resource.spec)];
        return { kind: 'mesh-config', findings: told, ...(generation !== undefined && { generation }) };
      }
      default:
        return { kind: 'no-status', findings };
    }
  }

  // Certificates carry the trust domain, so that it is fixed when their authority is made.
  #trustDomainFindings(spec: unknown): readonly Finding[] {
    const declared = (spec as { readonly trustDomain?: string } | undefined)?.trustDomain;
    const inUse = this.#settings().trustDomain;
    if (declared === undefined || declared === inUse) return [];
    return [
      {
        condition: 'Programmed',
        reason: 'TrustDomainFixed',
        message: `certificates are issued for ${inUse}: set it here, or start the control plane with a new certificate authority`,
        field: 'spec.trustDomain',
      },
    ];
  }
}

/** An object in the store is in its table, so that there is a report. */
function withShared<To>(findings: readonly Finding[], report: Report<To> | undefined): Report<To> {
  if (!report) throw new Error('an object of the model has no report');
  return findings.length === 0 ? report : { ...report, shared: [...findings, ...report.shared] };
}

function toStatus(told: Told): ObjectStatus | undefined {
  switch (told.kind) {
    case 'route':
      return routeStatus(told.report);
    case 'policy':
      return policyStatus(told.report, told.conditions);
    case 'mesh-config':
      return meshConfigStatus(told.findings, told.generation);
    case 'no-status':
      return undefined;
  }
}
