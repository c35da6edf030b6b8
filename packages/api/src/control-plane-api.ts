// The control plane's HTTP API (127.0.0.1:15010): what the CLI, the local mesh's launcher and the dashboard
// exchange with it, as JSON. Types only. Errors are `{ "error": string }` with a fitting status.
//
//   GET  /api/v1/status                         MeshStatus
//   GET  /api/v1/resources[?kind=&namespace=&name=]   StoredResource[]
//   GET  /api/v1/proxies                        ProxyStatus[]
//   GET  /api/v1/proxies/<ns>/<pod>/config      ProxyConfig (what that proxy would hold had it asked for all)
//   GET  /api/v1/stat                           StatRow[]
//   GET  /api/v1/edges                          EdgeRow[]
//   GET  /api/v1/detected                       DetectedPort[]
//   PUT  /api/v1/local/pods                     Pod[] (whole list; `Authorization: Bearer <launcher secret>`)

/** Something that is wrong with what the user wrote, and where. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Short CamelCase reason as in status conditions: `InvalidYAML`, `UnsupportedField`, `BackendNotFound` … */
  readonly reason: string;
  /** One sentence, ending in what to do where that is known. */
  readonly message: string;
  /** `HTTPRoute/bookshop/reviews`; absent where the document could not be read that far. */
  readonly object?: string;
  /** Path of the file as given by the user, and 1-based position. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** `spec.rules[0].matches[1].path.value` */
  readonly field?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  /** RFC 3339. */
  readonly lastTransitionTime?: string;
}

/** An object as the control plane holds it: as written, with its status filled in. */
export interface StoredResource {
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly [key: string]: unknown;
  };
  /** `file:line` of the document in file mode. */
  readonly source?: string;
}

export interface MeshStatus {
  readonly version: string;
  readonly trustDomain: string;
  readonly provider: {
    readonly kind: 'file' | 'kubernetes';
    readonly source: string;
    readonly lastChange: string;
  };
  readonly counts: {
    readonly services: number;
    readonly workloads: number;
    readonly routes: number;
    readonly policies: number;
    readonly proxies: number;
  };
  readonly diagnostics: readonly Diagnostic[];
  readonly workloads: readonly WorkloadStatus[];
}

export interface WorkloadStatus {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly replicas: number;
  readonly ready: number;
  /** Connected proxies of it. */
  readonly proxies: number;
  /** What is wrong with replicas that are not ready: `CrashLoopBackOff: exit code 1, restart 3 in 8 s`. */
  readonly message?: string;
}

/** One proxy's connection and what it has acknowledged. */
export interface ProxyStatus {
  /** `<namespace>/<pod>` */
  readonly id: string;
  readonly connected: boolean;
  readonly since: string;
  /** Resources subscribed and how many of them are acknowledged at the newest version. */
  readonly subscribed: number;
  readonly acked: number;
  readonly synced: boolean;
  /** The last refusals: which resource and which field the proxy could not accept. */
  readonly nacks: readonly {
    readonly type: string;
    readonly name: string;
    readonly field?: string;
    readonly message: string;
    readonly at: string;
  }[];
  readonly certificate?: { readonly identity: string; readonly notAfter: string };
  /** Weft's, as the proxy says; absent while it is not connected. */
  readonly version?: string;
}

/** Connections of one proxy to a port whose protocol nothing declares, by what they turned out to speak. */
export interface DetectedPort {
  /** `<namespace>/<pod>` */
  readonly proxy: string;
  readonly direction: 'outbound' | 'inbound';
  /** Outbound: `<namespace>/<service>:<port>`; inbound: the workload's port. */
  readonly destination: string;
  /** `http1`, `http2`, `tls` or `tcp`. */
  readonly protocol: string;
  /** Who spoke first. */
  readonly speaker: 'client' | 'server';
  /** Since the proxy started. */
  readonly connections: number;
}

/** Golden signals of one service's version, over the last 10 s, from the server's proxies. */
export interface StatRow {
  readonly namespace: string;
  readonly service: string;
  readonly workload: string;
  readonly version: string;
  readonly replicas: number;
  readonly ready: number;
  readonly protocol: 'http' | 'tcp' | 'none';
  /** Requests a second (http) or connections a second (tcp). */
  readonly rate: number;
  /** 0–1; absent where there was no traffic. */
  readonly success?: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Bytes a second, in and out (tcp). */
  readonly bytesPerSecond?: number;
  /** Share of the traffic that came over mesh mTLS, 0–1. */
  readonly mtls?: number;
  /** Totals since the proxies started. */
  readonly total: number;
  readonly failed: number;
}

/** Traffic between two workloads, over the last 10 s, from the client's proxy. */
export interface EdgeRow {
  readonly namespace: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationVersion: string;
  readonly protocol: 'http' | 'tcp';
  readonly rate: number;
  readonly success?: number;
  readonly p99Ms?: number;
  readonly mtls?: number;
  readonly total: number;
}
