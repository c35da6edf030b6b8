// Resource → the part of the model that it makes. The one table of kinds; each kind has a file of its own.

import type { KindTypes } from '@weft/api/kinds/registry';
import type { Resource } from '@weft/api/resource';
import type { CaBundle } from '../model/ca-bundle.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { Finding } from '../model/finding.ts';
import type { MeshSettings } from '../model/mesh-settings.ts';
import { objectKey, objectRef } from '../model/object.ts';
import type {
  AuthenticationPolicy,
  AuthorizationPolicy,
  BackendTlsPolicy,
  BackendTrafficPolicy,
  TelemetryPolicy,
} from '../model/policy.ts';
import type { ReferenceGrant } from '../model/reference-grant.ts';
import type { Route } from '../model/route.ts';
import type { Service } from '../model/service.ts';
import type { Workload, WorkloadInstance } from '../model/workload.ts';
import { ingestAuthenticationPolicy } from './authentication-policy.ts';
import { ingestAuthorizationPolicy } from './authorization-policy.ts';
import { ingestBackendTlsPolicy } from './backend-tls-policy.ts';
import { ingestBackendTrafficPolicy } from './backend-traffic-policy.ts';
import { ingestConfigMap } from './config-map.ts';
import { ingestTcpRoute, ingestTlsRoute } from './connection-route.ts';
import { ingestEndpointSlice } from './endpoint-slice.ts';
import { ingestGrpcRoute } from './grpc-route.ts';
import { ingestHttpRoute } from './http-route.ts';
import type { Ingested } from './ingested.ts';
import { ingestMeshConfig } from './mesh-config.ts';
import { ingestPod } from './pod.ts';
import { ingestReferenceGrant } from './reference-grant.ts';
import { ingestService } from './service.ts';
import { ingestTelemetryPolicy } from './telemetry-policy.ts';
import {
  closedAuthentication,
  closedAuthorization,
  closedBackendTls,
  closedConnectionRoute,
  closedHttpRoute,
  closedMeshConfig,
  type ReadProblem,
} from './unreadable.ts';
import { ingestWorkload } from './workload.ts';

/** The parts of the model, each a table keyed by `<namespace>/<name>`. */
export interface ModelParts {
  readonly services: Service;
  readonly slices: EndpointSlice;
  readonly instances: WorkloadInstance;
  /** Keyed by ObjectRef, since a Deployment and a StatefulSet may have the same name. */
  readonly workloads: Workload;
  /** Keyed by ObjectRef, since routes of several kinds may have the same name. */
  readonly routes: Route;
  readonly grants: ReferenceGrant;
  readonly authentication: AuthenticationPolicy;
  readonly authorization: AuthorizationPolicy;
  readonly backendTraffic: BackendTrafficPolicy;
  readonly backendTls: BackendTlsPolicy;
  readonly caBundles: CaBundle;
  readonly telemetry: TelemetryPolicy;
  /** One entry, named like the one MeshConfig: `default`. */
  readonly settings: MeshSettings;
}

export interface ModelEntry {
  readonly part: keyof ModelParts;
  readonly key: string;
  readonly value: ModelParts[keyof ModelParts];
  readonly findings: readonly Finding[];
}

interface Ingestion {
  readonly part: keyof ModelParts;
  readonly ingest: (resource: never) => Ingested<ModelParts[keyof ModelParts]>;
}

// What is not here is read for its own sake (Namespaces, Secrets …) and no part of the model.
const INGESTIONS: { readonly [Kind in keyof KindTypes]?: Ingestion } = {
  Service: { part: 'services', ingest: ingestService },
  EndpointSlice: { part: 'slices', ingest: ingestEndpointSlice },
  Pod: { part: 'instances', ingest: ingestPod },
  Deployment: { part: 'workloads', ingest: ingestWorkload },
  StatefulSet: { part: 'workloads', ingest: ingestWorkload },
  ConfigMap: { part: 'caBundles', ingest: ingestConfigMap },
  HTTPRoute: { part: 'routes', ingest: ingestHttpRoute },
  GRPCRoute: { part: 'routes', ingest: ingestGrpcRoute },
  TLSRoute: { part: 'routes', ingest: ingestTlsRoute },
  TCPRoute: { part: 'routes', ingest: ingestTcpRoute },
  BackendTLSPolicy: { part: 'backendTls', ingest: ingestBackendTlsPolicy },
  ReferenceGrant: { part: 'grants', ingest: ingestReferenceGrant },
  MeshConfig: { part: 'settings', ingest: ingestMeshConfig },
  AuthenticationPolicy: { part: 'authentication', ingest: ingestAuthenticationPolicy },
  AuthorizationPolicy: { part: 'authorization', ingest: ingestAuthorizationPolicy },
  BackendTrafficPolicy: { part: 'backendTraffic', ingest: ingestBackendTrafficPolicy },
  TelemetryPolicy: { part: 'telemetry', ingest: ingestTelemetryPolicy },
};

/** `resource` passed its kind's schema. undefined: its kind is no part of the model. */
export function ingest(resource: Resource): ModelEntry | undefined {
  const ingestion = INGESTIONS[resource.kind as keyof KindTypes];
  return ingestion && toEntry(ingestion.part, resource, ingestion.ingest(resource as never));
}

/**
 * `resource` did not pass its kind's schema, for the reason `problem`, and no former version of it did. undefined:
 * nothing becomes less safe without it.
 */
export function ingestUnreadable(resource: Resource, problem: ReadProblem): ModelEntry | undefined {
  switch (resource.kind) {
    case 'HTTPRoute':
    case 'GRPCRoute':
      return toEntry('routes', resource, closedHttpRoute(resource, resource.kind, problem));
    case 'TLSRoute':
    case 'TCPRoute':
      return toEntry('routes', resource, closedConnectionRoute(resource, resource.kind, problem));
    case 'BackendTLSPolicy':
      return toEntry('backendTls', resource, closedBackendTls(resource, problem));
    case 'AuthenticationPolicy':
      return toEntry('authentication', resource, closedAuthentication(resource, problem));
    case 'AuthorizationPolicy':
      return toEntry('authorization', resource, closedAuthorization(resource, problem));
    case 'MeshConfig':
      return toEntry('settings', resource, closedMeshConfig(resource, problem));
    default:
      return undefined;
  }
}

function toEntry<Part extends keyof ModelParts>(
  part: Part,
  { kind, metadata: { namespace, name } }: Resource,
  { value, findings }: Ingested<ModelParts[Part]>,
): ModelEntry {
  // MeshConfig has no namespace; a Deployment and a StatefulSet may have the same name, as may routes.
  const key =
    namespace === undefined
      ? name
      : part === 'workloads' || part === 'routes'
        ? objectRef(kind, namespace, name)
        : objectKey(namespace, name);
  return { part, key, value, findings };
}
