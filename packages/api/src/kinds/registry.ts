// Every kind that Weft reads, in one table.

import { type AuthenticationPolicy, authenticationPolicySchema } from './authentication-policy.ts';
import { type AuthorizationPolicy, authorizationPolicySchema } from './authorization-policy.ts';
import { type BackendTLSPolicy, backendTlsPolicySchema } from './backend-tls-policy.ts';
import { type BackendTrafficPolicy, backendTrafficPolicySchema } from './backend-traffic-policy.ts';
import { type ConfigMap, configMapSchema } from './config-map.ts';
import { type EndpointSlice, endpointSliceSchema } from './endpoint-slice.ts';
import { type GRPCRoute, grpcRouteSchema } from './grpc-route.ts';
import { type HTTPRoute, httpRouteSchema } from './http-route.ts';
import type { Kind, OwnKind, UnsupportedKind } from './kind.ts';
import { type MeshConfig, meshConfigSchema } from './mesh-config.ts';
import { type Namespace, namespaceSchema } from './namespace.ts';
import { type Node, nodeSchema } from './node.ts';
import { type Pod, podSchema } from './pod.ts';
import { type ReferenceGrant, referenceGrantSchema } from './reference-grant.ts';
import { type Secret, secretSchema } from './secret.ts';
import { type Service, serviceSchema } from './service.ts';
import { type ServiceAccount, serviceAccountSchema } from './service-account.ts';
import { type TCPRoute, tcpRouteSchema } from './tcp-route.ts';
import { type TelemetryPolicy, telemetryPolicySchema } from './telemetry-policy.ts';
import { type TLSRoute, tlsRouteSchema } from './tls-route.ts';
import { type Deployment, deploymentSchema, type StatefulSet, statefulSetSchema } from './workload.ts';

export const OWN_GROUP = 'weft.dev';
export const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** The TypeScript type of each kind, for code that asks for objects by kind. */
export interface KindTypes {
  readonly Service: Service;
  readonly EndpointSlice: EndpointSlice;
  readonly Pod: Pod;
  readonly Deployment: Deployment;
  readonly StatefulSet: StatefulSet;
  readonly Namespace: Namespace;
  readonly ServiceAccount: ServiceAccount;
  readonly ConfigMap: ConfigMap;
  readonly Secret: Secret;
  readonly Node: Node;
  readonly HTTPRoute: HTTPRoute;
  readonly GRPCRoute: GRPCRoute;
  readonly TLSRoute: TLSRoute;
  readonly TCPRoute: TCPRoute;
  readonly BackendTLSPolicy: BackendTLSPolicy;
  readonly ReferenceGrant: ReferenceGrant;
  readonly MeshConfig: MeshConfig;
  readonly AuthenticationPolicy: AuthenticationPolicy;
  readonly AuthorizationPolicy: AuthorizationPolicy;
  readonly BackendTrafficPolicy: BackendTrafficPolicy;
  readonly TelemetryPolicy: TelemetryPolicy;
}

const core = { group: '', version: 'v1', strictness: 'loose' } as const;
const apps = { group: 'apps', version: 'v1', strictness: 'loose', namespaced: true } as const;
const gateway = {
  group: GATEWAY_GROUP,
  version: 'v1',
  strictness: 'strict',
  namespaced: true,
} as const;
const BETA = ['v1beta1'];
const ALPHA2 = ['v1alpha2'];
const ALPHA3 = ['v1alpha3'];
const own = { group: OWN_GROUP, version: 'v1alpha1', strictness: 'strict' } as const;
const ACCEPTED = '.status.ancestors[*].conditions[?(@.type=="Accepted")].status';

export const OWN_KINDS: readonly OwnKind[] = [
  {
    ...own,
    kind: 'MeshConfig',
    singular: 'meshconfig',
    plural: 'meshconfigs',
    shortNames: ['meshcfg'],
    namespaced: false,
    schema: meshConfigSchema,
    status: 'mesh',
    isSingleton: true,
    description: 'Defaults of the whole mesh. There is one, named `default`.',
    columns: [
      { name: 'Trust Domain', type: 'string', jsonPath: '.spec.trustDomain' },
      { name: 'mTLS', type: 'string', jsonPath: '.spec.mtls.mode' },
    ],
  },
  {
    ...own,
    kind: 'AuthenticationPolicy',
    singular: 'authenticationpolicy',
    plural: 'authenticationpolicies',
    shortNames: ['authn'],
    namespaced: true,
    schema: authenticationPolicySchema,
    status: 'policy',
    description: 'Whether callers of a workload have to prove who they are.',
    columns: [
      { name: 'mTLS', type: 'string', jsonPath: '.spec.mtls.mode' },
      { name: 'Accepted', type: 'string', jsonPath: ACCEPTED },
    ],
  },
  {
    ...own,
    kind: 'AuthorizationPolicy',
    singular: 'authorizationpolicy',
    plural: 'authorizationpolicies',
    shortNames: ['authz'],
    namespaced: true,
    schema: authorizationPolicySchema,
    status: 'policy',
    description: 'Who may call a workload, and what.',
    columns: [
      { name: 'Action', type: 'string', jsonPath: '.spec.action' },
      { name: 'Accepted', type: 'string', jsonPath: ACCEPTED },
    ],
  },
  {
    ...own,
    kind: 'BackendTrafficPolicy',
    singular: 'backendtrafficpolicy',
    plural: 'backendtrafficpolicies',
    shortNames: ['btp'],
    namespaced: true,
    schema: backendTrafficPolicySchema,
    status: 'policy',
    description: 'How clients reach the endpoints of a Service.',
    columns: [
      { name: 'Load Balancer', type: 'string', jsonPath: '.spec.loadBalancer.type' },
      { name: 'Accepted', type: 'string', jsonPath: ACCEPTED },
    ],
  },
  {
    ...own,
    kind: 'TelemetryPolicy',
    singular: 'telemetrypolicy',
    plural: 'telemetrypolicies',
    shortNames: ['telemetry'],
    namespaced: true,
    schema: telemetryPolicySchema,
    status: 'policy',
    description: 'What the sidecars of a workload record.',
    columns: [
      { name: 'Access Log', type: 'string', jsonPath: '.spec.accessLog.mode' },
      { name: 'Accepted', type: 'string', jsonPath: ACCEPTED },
    ],
  },
];

export const KINDS: readonly Kind[] = [
  { ...core, kind: 'Service', plural: 'services', namespaced: true, schema: serviceSchema },
  {
    ...core,
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    namespaced: true,
    schema: endpointSliceSchema,
  },
  { ...core, kind: 'Pod', plural: 'pods', namespaced: true, schema: podSchema },
  { ...apps, kind: 'Deployment', plural: 'deployments', schema: deploymentSchema },
  { ...apps, kind: 'StatefulSet', plural: 'statefulsets', schema: statefulSetSchema },
  { ...core, kind: 'Namespace', plural: 'namespaces', namespaced: false, schema: namespaceSchema },
  {
    ...core,
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    namespaced: true,
    schema: serviceAccountSchema,
  },
  { ...core, kind: 'ConfigMap', plural: 'configmaps', namespaced: true, schema: configMapSchema },
  { ...core, kind: 'Secret', plural: 'secrets', namespaced: true, schema: secretSchema },
  { ...core, kind: 'Node', plural: 'nodes', namespaced: false, schema: nodeSchema },
  { ...gateway, alsoVersions: BETA, kind: 'HTTPRoute', plural: 'httproutes', schema: httpRouteSchema },
  { ...gateway, kind: 'GRPCRoute', plural: 'grpcroutes', schema: grpcRouteSchema },
  {
    ...gateway,
    alsoVersions: [...ALPHA3, ...ALPHA2],
    kind: 'TLSRoute',
    plural: 'tlsroutes',
    schema: tlsRouteSchema,
  },
  { ...gateway, alsoVersions: ALPHA2, kind: 'TCPRoute', plural: 'tcproutes', schema: tcpRouteSchema },
  {
    ...gateway,
    alsoVersions: ALPHA3,
    kind: 'BackendTLSPolicy',
    plural: 'backendtlspolicies',
    schema: backendTlsPolicySchema,
  },
  {
    ...gateway,
    alsoVersions: BETA,
    kind: 'ReferenceGrant',
    plural: 'referencegrants',
    schema: referenceGrantSchema,
  },
  ...OWN_KINDS,
];

/** Parts of the Gateway API that come later. A route that is left out sends its traffic elsewhere. */
export const UNSUPPORTED_KINDS: readonly UnsupportedKind[] = [
  { group: GATEWAY_GROUP, kind: 'GatewayClass', namespaced: false, severity: 'warning' },
  { group: GATEWAY_GROUP, kind: 'Gateway', namespaced: true, severity: 'warning' },
  { group: GATEWAY_GROUP, kind: 'ListenerSet', namespaced: true, severity: 'warning' },
  { group: GATEWAY_GROUP, kind: 'UDPRoute', namespaced: true, severity: 'error' },
];

/** Groups of which every kind has to be known: one that is not is a mistake, not somebody else's. */
export const CLOSED_GROUPS: readonly string[] = [OWN_GROUP, GATEWAY_GROUP];

export function apiVersionOf(kind: Pick<Kind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
