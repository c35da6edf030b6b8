// The two sides of a sidecar as a file of Weft's static mode: ProxyConfig, and beside it where the workload's
// certificate is.
import type { AuthorizationRuleSet, HttpRule, ProxyConfig, WorkloadRef } from '@weft/api/proxy-config/types';
import type { Certificates, Identity } from '../certificates.ts';
import { ALLOWED_METHODS, type BenchRoute, DENIED_PATH, ROUTES } from './mesh-policy.ts';
import type { Hop } from './target.ts';

/** What a file of static mode has beside ProxyConfig. */
interface StaticIdentity {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly rootsFile: string;
}
export type StaticConfig = ProxyConfig & { readonly identity?: StaticIdentity };

const ORIGIN = 'bench/origin:80';
const SERVICE = { namespace: 'bench', name: 'origin' };
const WORKLOAD: WorkloadRef = { namespace: 'bench', name: 'origin', app: 'origin', version: 'latest' };

/** The caller's sidecar: routes, and mTLS to the next hop where this is one of two. */
export function outboundSide({ role, port, upstreamPort, certificates }: Hop): StaticConfig {
  const identity = role === 'outbound' ? { identity: certificates.inbound.spiffeId } : {};
  return {
    listeners: [{ name: 'calls', address: '127.0.0.1', port, outbound: ORIGIN }],
    outbounds: [{ name: ORIGIN, protocol: 'http', rules: ROUTES.map(rule), tcpBackends: [] }],
    clusters: [
      { name: ORIGIN, protocol: 'http', balancer: 'least-request', connectTimeoutMs: 1000, service: SERVICE },
    ],
    endpoints: [
      {
        name: ORIGIN,
        endpoints: [{ address: '127.0.0.1', port: upstreamPort, weight: 1, workload: WORKLOAD, ...identity }],
      },
    ],
    ...(role === 'outbound' ? credentials(certificates, certificates.outbound) : {}),
  };
}

/** The called sidecar: authorization, and STRICT mTLS where this is one of two. */
export function inboundSide({ role, port, upstreamPort, certificates }: Hop): StaticConfig {
  const callers = role === 'inbound' ? [certificates.outbound.spiffeId] : undefined;
  return {
    listeners: [{ name: 'served', address: '127.0.0.1', port, inbound: 80 }],
    outbounds: [],
    clusters: [],
    endpoints: [],
    inbound: {
      name: 'bench/origin',
      workload: WORKLOAD,
      ports: [
        {
          port: 80,
          protocol: 'http',
          app: { address: '127.0.0.1', port: upstreamPort },
          mtls: { mode: role === 'inbound' ? 'STRICT' : 'DISABLE' },
          authorization: authorization(callers),
          service: SERVICE,
        },
      ],
    },
    ...(role === 'inbound' ? credentials(certificates, certificates.inbound) : {}),
  };
}

function rule({ kind, path, header, redirectTo }: BenchRoute, index: number): HttpRule {
  return {
    ref: 'HTTPRoute/bench/origin',
    index,
    hostnames: [],
    matches: [
      {
        path: { kind, value: path },
        ...(header === undefined ? {} : { headers: [{ ...header, kind: 'exact' }] }),
      },
    ],
    filters:
      redirectTo === undefined
        ? []
        : [{ kind: 'redirect', path: { kind: 'full', value: redirectTo }, status: 302 }],
    backends: redirectTo === undefined ? [{ cluster: ORIGIN, weight: 1, filters: [] }] : [],
    timeouts: {},
  };
}

function authorization(callers: readonly string[] | undefined): readonly AuthorizationRuleSet[] {
  return [
    {
      ref: 'AuthorizationPolicy/bench/deny-admin',
      action: 'DENY',
      rules: [{ from: [], to: [{ paths: [DENIED_PATH, `${DENIED_PATH}/*`] }], when: [] }],
    },
    {
      ref: 'AuthorizationPolicy/bench/allow-callers',
      action: 'ALLOW',
      rules: [
        {
          from: callers === undefined ? [] : [{ identities: callers }],
          to: [{ methods: ALLOWED_METHODS }],
          when: [],
        },
      ],
    },
  ];
}

function credentials(certificates: Certificates, own: Identity): Pick<StaticConfig, 'trust' | 'identity'> {
  return {
    trust: { name: 'trust', trustDomain: certificates.trustDomain, roots: [certificates.root] },
    identity: {
      certificateFile: own.certificateFile,
      keyFile: own.keyFile,
      rootsFile: certificates.rootsFile,
    },
  };
}
