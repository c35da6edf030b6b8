// The two sides of a sidecar as a file of Weft's static mode: ProxyConfig, and beside it where the workload's
// certificate is.
import type {
  AuthorizationRuleSet,
  HttpRule,
  Protocol,
  ProxyConfig,
  TcpRule,
  WorkloadRef,
} from '@weft/api/proxy-config/types';
import type { Certificates, Identity } from '../certificates.ts';
import { ALLOWED_METHODS, type BenchRoute, DENIED_PATH, ROUTES } from './mesh-policy.ts';
import type { BenchProtocol, Hop } from './target.ts';

/** What a file of static mode has beside ProxyConfig. */
interface StaticIdentity {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly rootsFile: string;
}
export type StaticConfig = ProxyConfig & { readonly identity?: StaticIdentity };

const ORIGIN = 'bench/origin:80';
const SERVICE = { namespace: 'bench', name: 'origin' };
const SERVICE_REF = 'Service/bench/origin';
const TO_ORIGIN = { cluster: ORIGIN, weight: 1, filters: [] };
const WORKLOAD: WorkloadRef = { namespace: 'bench', name: 'origin', app: 'origin', version: 'latest' };

/** The caller's sidecar: routes, and mTLS to the next hop where this is one of two. */
export function outboundSide({
  role,
  protocol: spoken,
  port,
  upstreamPort,
  certificates,
}: Hop): StaticConfig {
  const identity = role === 'outbound' ? { identity: certificates.inbound.spiffeId } : {};
  const protocol = protocolOf(spoken);
  const isBytes = protocol === 'tcp';
  const bytes: TcpRule = { ref: SERVICE_REF, index: 0, hostnames: [], backends: [TO_ORIGIN] };
  return {
    listeners: [{ name: 'calls', address: '127.0.0.1', port, outbound: ORIGIN }],
    outbounds: [
      { name: ORIGIN, protocol, rules: isBytes ? [] : ROUTES.map(rule), tcpRules: isBytes ? [bytes] : [] },
    ],
    clusters: [
      { name: ORIGIN, protocol, balancer: 'least-request', connectTimeoutMs: 1000, service: SERVICE },
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
export function inboundSide({ role, protocol, port, upstreamPort, certificates }: Hop): StaticConfig {
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
          protocol: protocolOf(protocol),
          app: { address: '127.0.0.1', port: upstreamPort },
          mtls: { mode: role === 'inbound' ? 'STRICT' : 'DISABLE' },
          authorization: protocol === 'tcp' ? callersOnly(callers) : authorization(callers),
          service: SERVICE,
        },
      ],
    },
    ...(role === 'inbound' ? credentials(certificates, certificates.inbound) : {}),
  };
}

function protocolOf(spoken: BenchProtocol): Protocol {
  return spoken === 'http1' ? 'http' : spoken;
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
    backends: redirectTo === undefined ? [TO_ORIGIN] : [],
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

/** For bytes, of which no policy can say more than who sends them. */
function callersOnly(callers: readonly string[] | undefined): readonly AuthorizationRuleSet[] {
  const from = callers === undefined ? [] : [{ identities: callers }];
  return [
    {
      ref: 'AuthorizationPolicy/bench/allow-callers',
      action: 'ALLOW',
      rules: [{ from, to: [], when: [] }],
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
