// What `weft explain` answers: every decision on a request's way, in order, and how it ends. Plain data: `-o json`
// prints it as it is, text.ts in words.

import type { Endpoint, ObjectRef, Protocol, Timeouts, UpstreamTls } from '@weft/api/proxy-config/types';
import type { ResponseFlag } from '@weft/common/response-flag';
import type { AuthorizationTrace } from '@weft/proxy/filters/authorization/authorization-trace';
import type { GrpcStatusName } from '@weft/proxy/stack/grpc/grpc-status';

export interface Explanation {
  readonly question: { readonly method: string; readonly url: string };
  readonly caller: Caller;
  readonly destination: Destination;
  /** TLS of the application's own, passed through; the name that it asks for. */
  readonly tls?: { readonly serverName?: string };
  /** The HTTP request as the caller's sidecar receives it; absent where the mesh carries bytes. */
  readonly request?: ReceivedRequest;
  /** Absent where nothing is routed: bytes without a route, a request that is refused first, no sidecar. */
  readonly route?: Route;
  /** Where it can go from there, the shares adding up to 1. */
  readonly branches: readonly Branch[];
  /** How it ends, equal ends together, the likeliest first. */
  readonly outcomes: readonly WeighedOutcome[];
  /** What the reader has to know beside: problems in the files, a proxy that is behind. */
  readonly notes: readonly string[];
}

export type Caller =
  | {
      /** Its calls go through a sidecar. */
      readonly kind: 'mesh';
      readonly name: string;
      readonly namespace: string;
      readonly pod: string;
      /** SPIFFE id. */
      readonly identity: string;
      readonly address: string;
    }
  | {
      /** Plain text, straight to the endpoints: no routes, no identity. */
      readonly kind: 'plain';
      readonly name: string;
      readonly namespace?: string;
      readonly address: string;
    };

/** Why a port without appProtocol and a telling name speaks what it does. */
export const UNDECLARED = 'the first bytes of a connection tell';

export interface Destination {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** What told the protocol: `its port is named "http"`. */
  readonly protocolReason: string;
  readonly place?: string;
}

export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A request's head as it stands on the wire at one place. */
export interface RequestLines {
  readonly method: string;
  /** Normalised path. */
  readonly path: string;
  readonly query: string;
  readonly host: string;
  /** In order, the host among them, names lower-case. */
  readonly headers: HeaderLines;
}

export interface ReceivedRequest extends RequestLines {
  /** What the normal form is not what was written: `path //a became /a`. */
  readonly changes: readonly string[];
}

export interface Route {
  /** The rule that was chosen, and by which of its matches. */
  readonly winner?: RuleMatch;
  /** Every other match of every rule. */
  readonly others: readonly (RuleMatch & { readonly why: string })[];
  readonly timeouts: Timeouts;
}

export interface RuleMatch {
  /** `HTTPRoute/bookshop/reviews`, or the Service itself where no route is attached. */
  readonly ref: ObjectRef;
  readonly rule: number;
  readonly name?: string;
  readonly match: number;
  /** Of how many matches. */
  readonly matches: number;
  /** The match in words: `path prefix /a, method GET`. */
  readonly conditions: string;
  /** `routes.yaml:14` */
  readonly place?: string;
}

/** One way on. `share`: 0–1 of the requests. */
export interface Branch {
  readonly share: number;
  /** Name of a cluster: `bookshop/reviews-v1:80`. */
  readonly backend?: string;
  /** How it ends here, where it goes to no endpoint. */
  readonly end?: Outcome;
  /** The request as it leaves the caller's sidecar. */
  readonly sent?: RequestLines;
  /** Other clusters that get a copy, and which share of the requests. */
  readonly mirrors: readonly { readonly backend: string; readonly share: number }[];
  /** Lines of the answer that are left out and added. */
  readonly response?: { readonly removed: readonly string[]; readonly added: HeaderLines };
  readonly balancer?: { readonly name: string; readonly policy?: ObjectRef };
  /** TLS of the sidecar's own to endpoints without a sidecar (BackendTLSPolicy). */
  readonly tls?: UpstreamTls;
  /** The endpoints that it can reach, those of one workload together. */
  readonly arrivals: readonly Arrival[];
}

/** A request at the endpoints of one workload. */
export interface Arrival {
  /** Of the branch's requests, 0–1. */
  readonly share: number;
  readonly workload?: { readonly namespace: string; readonly name: string; readonly version: string };
  readonly endpoints: readonly Pick<Endpoint, 'address' | 'port'>[];
  readonly security: Security;
  /** The workload's port; absent where there is no sidecar. */
  readonly port?: number;
  readonly authorization?: AuthorizationTrace & {
    /** File and line of each policy. */
    readonly places: Readonly<Record<ObjectRef, string>>;
  };
  /** The request as the application gets it; absent where it does not, and for bytes. */
  readonly delivered?: RequestLines;
  readonly outcome: Outcome;
}

export type Security =
  | {
      readonly kind: 'mtls';
      /** Whom the caller's sidecar demands to meet. */
      readonly identity: string;
      readonly mode: string;
      readonly policy?: ObjectRef;
    }
  /** TLS of the caller's sidecar to an endpoint that has none. */
  | {
      readonly kind: 'tls';
      readonly policy: ObjectRef;
      readonly names: readonly string[];
      readonly roots: string;
    }
  /** TLS between application and endpoint, which no sidecar reads. */
  | { readonly kind: 'own-tls' }
  /** Nothing is sent. */
  | { readonly kind: 'none' }
  | { readonly kind: 'plain'; readonly why: string };

export type Outcome =
  /** The application answers; what, is its own affair. */
  | { readonly kind: 'answered'; readonly by: string }
  /** A connection of bytes to the application. */
  | { readonly kind: 'connected'; readonly to: string }
  | { readonly kind: 'redirected'; readonly status: number; readonly location: string }
  /** A sidecar answers by itself. `details` as in the access log. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly flag: ResponseFlag;
      readonly details: string;
      readonly reason: string;
      readonly decidedBy?: ObjectRef;
      /** What a gRPC client gets in its place: `Unimplemented`. */
      readonly grpcStatus?: GrpcStatusName;
    }
  /** A connection that is closed without a word. */
  | { readonly kind: 'closed'; readonly reason: string; readonly decidedBy?: ObjectRef };

export interface WeighedOutcome {
  readonly share: number;
  readonly outcome: Outcome;
}
