// Policies: what is common to them, and what each of them says, free of Kubernetes shapes.

import type {
  AuthorizationOperation,
  Cluster,
  HeaderCondition,
  InboundPort,
  ObjectRef,
  Telemetry,
  UpstreamTls,
} from '@weft/api/proxy-config/types';
import type { AttachedObject } from './object.ts';

/** From the most to the least specific; where two say different things, the more specific one is in force. */
export type TargetKind = 'Deployment' | 'StatefulSet' | 'Service' | 'Namespace' | 'MeshConfig';

/** What a policy is attached to: everything in a namespace or in the mesh where it names nothing. */
export interface PolicyTarget {
  readonly kind: TargetKind;
  /** '' for MeshConfig. */
  readonly namespace: string;
  readonly name: string;
  /** Key of the target: `Service/shop/reviews`, `Namespace/shop`, `MeshConfig/default`. */
  readonly ref: ObjectRef;
  /** Only this port of a Service (BackendTLSPolicy). */
  readonly sectionName?: string;
  /** Path of the reference in the policy; absent where it names no target. */
  readonly field?: string;
}

export interface Policy extends AttachedObject {
  /** At least one, in the order of `spec.targetRefs`. */
  readonly targets: readonly PolicyTarget[];
}

export type MtlsMode = InboundPort['mtls']['mode'];

export interface AuthenticationPolicy extends Policy {
  readonly mtls: MtlsMode;
  /** Container ports with another mode. */
  readonly portMtls: Readonly<Record<number, MtlsMode>>;
}

export interface AuthorizationPolicy extends Policy {
  readonly action: 'ALLOW' | 'DENY' | 'AUDIT';
  readonly rules: readonly AuthorizationPolicyRule[];
  /** It could not be read: everything is denied, with this text. */
  readonly invalid?: string;
}

export interface AuthorizationPolicyRule {
  readonly from: readonly PolicySource[];
  readonly to: readonly AuthorizationOperation[];
  readonly when: readonly HeaderCondition[];
}

/** Service accounts are names here: the SPIFFE ids that they mean depend on the mesh's trust domain. */
export interface PolicySource {
  readonly serviceAccounts?: readonly ServiceAccountName[];
  readonly notServiceAccounts?: readonly ServiceAccountName[];
  readonly identities?: readonly string[];
  readonly notIdentities?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly notNamespaces?: readonly string[];
  readonly addresses?: readonly string[];
  readonly notAddresses?: readonly string[];
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export interface BackendTrafficPolicy extends Policy {
  readonly balancer?: Cluster['balancer'];
  readonly connectTimeoutMs?: number;
  readonly streamIdleMs?: number;
  readonly connectionIdleMs?: number;
}

/** TLS of the clients' sidecars to the endpoints of a Service that have no mesh identity. */
export interface BackendTlsPolicy extends Policy {
  readonly hostname: string;
  /** ConfigMaps with the roots, in the policy's namespace; `system`: those of the machine. */
  readonly roots: readonly CaReference[] | 'system';
  readonly subjectAltNames?: NonNullable<UpstreamTls['subjectAltNames']>;
  /** It could not be read, or says what cannot be done: nothing is sent to its targets, with this text. */
  readonly invalid?: string;
}

export interface CaReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Path of the reference in the policy. */
  readonly field: string;
}

export interface TelemetryPolicy extends Policy {
  /** Fields that it leaves out are the mesh's. */
  readonly accessLog?: Partial<Telemetry['accessLog']>;
}

/** The target of policies for the whole mesh. */
export const MESH_TARGET: PolicyTarget = {
  kind: 'MeshConfig',
  namespace: '',
  name: 'default',
  ref: 'MeshConfig/default',
};

export function namespaceTarget(namespace: string): PolicyTarget {
  return { kind: 'Namespace', namespace, name: namespace, ref: `Namespace/${namespace}` };
}
