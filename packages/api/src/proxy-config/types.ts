// ProxyConfig: the intermediate form between the compiler and every data plane, and the file of static mode.
// Types only, so that the sidecar loads nothing for them; schema.ts is the same in zod, proxy/config decodes it.
//
//   Listener ──outbound──▶ Outbound ──backends──▶ Cluster ──▶ Endpoints
//            ──inbound───▶ Inbound (port) ──────▶ the application
//
// Over xDS each Outbound, Cluster, Endpoints, Inbound and Trust is a resource of its own, asked for by name;
// in a file they are lists. Durations are whole milliseconds here (Ms), GEP-2257 strings in what users write.

/** Everything one proxy works by. */
export interface ProxyConfig {
  /** Sockets to open. Explicit listeners come from the bootstrap (local mesh) or the file (static mode). */
  readonly listeners: readonly Listener[];
  /** Destinations that the workload may call, one for each port of a Service. */
  readonly outbounds: readonly Outbound[];
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly Endpoints[];
  /** How traffic to the workload is treated; absent for a proxy without an application behind it. */
  readonly inbound?: Inbound;
  /** Mesh roots; absent where mTLS is not used. */
  readonly trust?: Trust;
  readonly telemetry?: Telemetry;
}

/** Resources that can be named in xDS, keyed by the last part of their type URL `type.weft.dev/weft.v1.<key>`. */
export interface ResourceTypes {
  readonly Outbound: Outbound;
  readonly Cluster: Cluster;
  readonly Endpoints: Endpoints;
  readonly Inbound: Inbound;
  readonly Trust: Trust;
  readonly Telemetry: Telemetry;
}
export type ResourceType = keyof ResourceTypes;

/** The object of the user's that a piece of configuration was made from: `HTTPRoute/bookshop/reviews`. */
export type ObjectRef = string;

// --- listener --------------------------------------------------------------------------------------------

/** One bound socket; exactly one of `outbound` and `inbound` says what is behind it. */
export interface Listener {
  readonly name: string;
  /** IP address to bind, default 127.0.0.1. */
  readonly address: string;
  /** 1–65535; 0 takes a free port (tests). */
  readonly port: number;
  /** Name of the Outbound served here. */
  readonly outbound?: string;
  /** Port number of the workload (InboundPort.port) served here. */
  readonly inbound?: number;
}

/**
 * What a port speaks. `detect`: undeclared, told from the first bytes of whoever speaks first.
 * `http` is HTTP/1.1 and HTTP/2 as the client brings it (and so is what `detect` tells to be HTTP); `http2` and `grpc`
 * are HTTP/2 to the endpoint, whatever the client speaks.
 */
export type Protocol = 'http' | 'http2' | 'grpc' | 'tcp' | 'tls' | 'detect';

// --- outbound --------------------------------------------------------------------------------------------

/** One destination as a client sees it. Name: `<namespace>/<service>:<port>`. */
export interface Outbound {
  readonly name: string;
  readonly protocol: Protocol;
  /**
   * HTTP rules, in tie-break order (oldest route first, then by name, then rule order). The proxy orders their
   * matches by Gateway API precedence; earlier wins a tie. Empty for protocols that are not HTTP.
   */
  readonly rules: readonly HttpRule[];
  /**
   * Rules for connections that are not HTTP (tcp, tls, detect), in tie-break order. The proxy takes the one whose
   * hostname fits the name that the client asks for best: exact, then the longest wildcard, then rules without
   * hostnames. None fits: the connection is refused (NR).
   */
  readonly tcpRules: readonly TcpRule[];
  /** Set where the configuration could not be made: every request is answered 500 with this text. */
  readonly invalid?: string;
  /** Closes a TCP connection that carries nothing for so long. Default 1 h. */
  readonly idleTimeoutMs?: number;
}

/** One rule of an HTTPRoute or GRPCRoute, or the default rule of a Service (`ref` is then `Service/<ns>/<name>`). */
export interface HttpRule {
  readonly ref: ObjectRef;
  /** Index of the rule in its route, and its name when it has one. */
  readonly index: number;
  readonly name?: string;
  /** Hosts the rule is for (gateways): exact or `*.suffix`, lower-case. Empty: any. */
  readonly hostnames: readonly string[];
  /** Any one of them has to match; empty matches everything. */
  readonly matches: readonly HttpMatch[];
  readonly filters: readonly HttpFilter[];
  /** Empty together with no redirect: the rule answers 500 (Gateway API). */
  readonly backends: readonly Backend[];
  readonly timeouts: Timeouts;
  /** The rule cannot be served: 500 with this text. */
  readonly invalid?: string;
}

/** One rule of a TLSRoute or TCPRoute, or the default of a Service (`ref` is then `Service/<ns>/<name>`). */
export interface TcpRule {
  readonly ref: ObjectRef;
  readonly index: number;
  readonly name?: string;
  /** Server names (SNI, RFC 6066 3) the rule is for: exact or `*.suffix`, lower-case. Empty: any, and no TLS at all. */
  readonly hostnames: readonly string[];
  /** Weights as in HttpRule; backends' filters are empty. */
  readonly backends: readonly Backend[];
  /** The rule cannot be served: its connections are refused with this text in the log. */
  readonly invalid?: string;
}

/** Conditions of one match; all that are present have to hold. */
export interface HttpMatch {
  /** Default: prefix `/`. Prefixes match whole path elements. Regular expressions are RE2, full match. */
  readonly path?: { readonly kind: 'exact' | 'prefix' | 'regex'; readonly value: string };
  readonly method?: string;
  /** Only calls of gRPC and gRPC-Web (by their content types), of this service and method; excludes `path` and `method`. */
  readonly grpc?: GrpcMatch;
  /** Names lower-case. */
  readonly headers?: readonly ValueMatch[];
  readonly query?: readonly ValueMatch[];
}

/** The path of a gRPC call is `/<service>/<method>`. What is absent may be anything; `regex` is RE2, full match. */
export interface GrpcMatch {
  readonly kind: 'exact' | 'regex';
  readonly service?: string;
  readonly method?: string;
}

/** `regex` is RE2, full match; `present` ignores value. */
export interface ValueMatch {
  readonly name: string;
  readonly kind: 'exact' | 'regex' | 'present';
  readonly value: string;
}

/** Filters of a rule or a backend, run in the order given. */
export type HttpFilter =
  | { readonly kind: 'request-headers'; readonly edit: HeaderEdit }
  | { readonly kind: 'response-headers'; readonly edit: HeaderEdit }
  | {
      readonly kind: 'redirect';
      readonly scheme?: string;
      readonly hostname?: string;
      readonly port?: number;
      readonly path?: PathEdit;
      /** 301, 302, 303, 307 or 308. */
      readonly status: number;
    }
  | { readonly kind: 'rewrite'; readonly hostname?: string; readonly path?: PathEdit }
  /** Copies the request; the answer is thrown away. `share` of 1,000,000. */
  | { readonly kind: 'mirror'; readonly cluster: string; readonly share: number }
  /** A filter that could not be compiled: the request is answered 500 with this text. */
  | { readonly kind: 'invalid'; readonly reason: string };

/** Applied in the order remove, set, add. Names lower-case. */
export interface HeaderEdit {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

/** Replaces the whole path, or the prefix that the rule's match named. The query stays. */
export interface PathEdit {
  readonly kind: 'full' | 'prefix';
  readonly value: string;
}

/** A weighted choice. Weight 0 is never chosen; `invalid` answers its share with 500 and this text. */
export interface Backend {
  /** Name of a Cluster. */
  readonly cluster: string;
  readonly weight: number;
  readonly filters: readonly HttpFilter[];
  readonly invalid?: string;
}

/** Absent: no limit. */
export interface Timeouts {
  /** From the request's last head byte received to the response's end; 504 UT. */
  readonly requestMs?: number;
  /** The same for one attempt upstream. */
  readonly backendRequestMs?: number;
  /** No byte in either direction for so long; 504 before the head, reset afterwards. Default 5 min. */
  readonly idleMs?: number;
}

// --- cluster ---------------------------------------------------------------------------------------------

/** A set of endpoints and how one of them is chosen and reached. Name: `<namespace>/<service>:<port>`. */
export interface Cluster {
  readonly name: string;
  /** What is spoken to the endpoints. */
  readonly protocol: Protocol;
  /** Default least-request: the less busy of two drawn at random. */
  readonly balancer: 'least-request' | 'round-robin' | 'random';
  /** Default 1000. */
  readonly connectTimeoutMs: number;
  /** Service that metrics name as destination. */
  readonly service: { readonly namespace: string; readonly name: string };
  /** The policy that set the balancer, for `weft explain`. */
  readonly policy?: ObjectRef;
  /** TLS of the proxy's own to endpoints that have no mesh identity (BackendTLSPolicy). */
  readonly tls?: UpstreamTls;
}

/** TLS origination: the endpoint's certificate has to be valid for a name, by roots that are not the mesh's. */
export interface UpstreamTls {
  readonly ref: ObjectRef;
  /** Sent as SNI; the certificate has to name it, unless `subjectAltNames` says otherwise. */
  readonly hostname: string;
  /** PEM, one certificate each; `system`: the machine's own. */
  readonly roots: readonly string[] | 'system';
  /** The certificate has to have one of these (GEP-3155). */
  readonly subjectAltNames?: readonly { readonly kind: 'dns' | 'uri'; readonly value: string }[];
  /** The policy cannot be used: nothing is sent, every request is answered with this text. */
  readonly invalid?: string;
}

/** The endpoints of the cluster of the same name; apart, since they change far more often. */
export interface Endpoints {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Default 1; 0 takes none. */
  readonly weight: number;
  /** The SPIFFE id to demand in mesh mTLS; absent: plain text (not meshed, or mTLS DISABLEd). */
  readonly identity?: string;
  /** Who is there, for metrics and explain. */
  readonly workload?: WorkloadRef;
  readonly zone?: string;
}

/** A workload as metrics and logs name it. */
export interface WorkloadRef {
  readonly namespace: string;
  /** Name of the Deployment (or other owner), of the Pod where there is none. */
  readonly name: string;
  /** `app.kubernetes.io/name` or `app`, else the workload's name. */
  readonly app: string;
  /** `app.kubernetes.io/version` or `version`, else 'latest'. */
  readonly version: string;
  readonly pod?: string;
}

// --- inbound ---------------------------------------------------------------------------------------------

/** Traffic to one workload. Name: `<namespace>/<pod>`. */
export interface Inbound {
  readonly name: string;
  readonly workload: WorkloadRef;
  readonly ports: readonly InboundPort[];
}

export interface InboundPort {
  /** The port that peers think they call: the container port. */
  readonly port: number;
  readonly protocol: Protocol;
  /** Where the application listens. */
  readonly app: { readonly address: string; readonly port: number };
  /** STRICT refuses plain text, DISABLE takes nothing else. `ref` is the policy that says so. */
  readonly mtls: { readonly mode: 'STRICT' | 'PERMISSIVE' | 'DISABLE'; readonly ref?: ObjectRef };
  /** In order of evaluation: DENY, then ALLOW, then AUDIT. Empty: everything is allowed. */
  readonly authorization: readonly AuthorizationRuleSet[];
  /** Names that metrics give to the destination; the Service that selects this port first. */
  readonly service?: { readonly namespace: string; readonly name: string };
  /** As in Outbound, so that a caller's limit is not cut short here. Default 1 h. */
  readonly idleTimeoutMs?: number;
  /** Of a request, as in Timeouts. Default 5 min. */
  readonly streamIdleMs?: number;
}

/** One AuthorizationPolicy. DENY wins over ALLOW; when any ALLOW applies, one of its rules has to match. */
export interface AuthorizationRuleSet {
  readonly ref: ObjectRef;
  readonly action: 'ALLOW' | 'DENY' | 'AUDIT';
  /** ALLOW with no rules allows nothing; DENY with no rules denies nothing. */
  readonly rules: readonly AuthorizationRule[];
  /** The policy could not be read: every request is denied, naming it. */
  readonly invalid?: string;
}

/** Matches when one of `from` (if any), one of `to` (if any) and all of `when` hold. */
export interface AuthorizationRule {
  readonly from: readonly AuthorizationSource[];
  readonly to: readonly AuthorizationOperation[];
  readonly when: readonly HeaderCondition[];
}

/** All fields that are present have to hold; within a field one value is enough, of `not…` none may hold. */
export interface AuthorizationSource {
  /** SPIFFE ids; `*` at the start or the end matches any run of characters. */
  readonly identities?: readonly string[];
  readonly notIdentities?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly notNamespaces?: readonly string[];
  /** CIDRs of the connection's peer. */
  readonly addresses?: readonly string[];
  readonly notAddresses?: readonly string[];
}

/** On a port that is not HTTP only `ports` can hold: ALLOW rules with HTTP fields never match, DENY rules do. */
export interface AuthorizationOperation {
  readonly methods?: readonly string[];
  readonly notMethods?: readonly string[];
  /** Normalised path: exact, `/prefix*`, `*suffix`, or a template: `{*}` one element, `{**}` the rest. */
  readonly paths?: readonly string[];
  readonly notPaths?: readonly string[];
  /** Host without port, lower-case, wildcards as in identities. */
  readonly hosts?: readonly string[];
  readonly notHosts?: readonly string[];
  readonly ports?: readonly number[];
  readonly notPorts?: readonly number[];
}

export interface HeaderCondition {
  readonly header: string;
  /** Wildcards as in identities; `*` alone: present. */
  readonly values?: readonly string[];
  readonly notValues?: readonly string[];
}

// --- identity and telemetry ------------------------------------------------------------------------------

/** Roots that peers' certificates are checked against; several while the root rotates. */
export interface Trust {
  /** Always `trust`. */
  readonly name: string;
  readonly trustDomain: string;
  /** PEM, one certificate each. */
  readonly roots: readonly string[];
}

export interface Telemetry {
  /** Always `telemetry`. */
  readonly name: string;
  readonly accessLog: {
    /** `errors` (default): status ≥ 500, refusals, anything with a response flag. */
    readonly mode: 'none' | 'errors' | 'all';
    readonly format: 'json' | 'text';
  };
}

// --- static mode -----------------------------------------------------------------------------------------

/** The file of `weft proxy --config FILE`: a ProxyConfig and what a control plane would have given besides. */
export interface StaticConfig extends ProxyConfig {
  /** Certificate for mesh mTLS; absent: plain text only. Files are read again when they change. */
  readonly identity?: {
    /** PEM, leaf first. */
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly rootsFile: string;
  };
  /** Ports of the proxy's own servers; absent: none is opened. */
  readonly admin?: {
    readonly admin: number;
    readonly metrics: number;
    readonly health: number;
    readonly address?: string;
  };
}
