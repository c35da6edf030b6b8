// What a proxy process is started with: who it is, where its control plane is, which sockets it opens.
// Written by the local mesh's launcher, the injector or a person; read once, at start. Types only.

import type { Listener, WorkloadRef } from './types.ts';

/** The file behind `weft proxy --bootstrap FILE` (JSON). `weft proxy --config FILE` is static mode instead. */
export interface ProxyBootstrap {
  readonly node: {
    /** `<namespace>/<pod>`, unique in the mesh; also the name of the proxy's Inbound resource. */
    readonly id: string;
    readonly workload: WorkloadRef;
    readonly serviceAccount: string;
    /** Zone of the node, for locality; absent: unknown. */
    readonly zone?: string;
  };
  readonly controlPlane: {
    /** host:port of xDS and CSR (TLS). */
    readonly address: string;
    /** PEM file with the roots to check the control plane's certificate against. */
    readonly rootsFile: string;
    /** File with the token that proves who we are; read again at each use, since it rotates. */
    readonly tokenFile: string;
  };
  /** Explicit listeners (local mesh, hosts). */
  readonly listeners: readonly Listener[];
  /** Loopback addresses of the proxy's own servers. */
  readonly admin: ProxyAdminPorts;
  /** How it ends; absent: the defaults. */
  readonly drain?: {
    /**
     * Milliseconds for which everything is served after it was told to end, so that the endpoint can leave its clients;
     * less where `POST /drain?withdrawn` says that it has. Default 5 s.
     */
    readonly graceMs?: number;
    /** Milliseconds from then on after which what is not over is cut. Default 30 s. */
    readonly limitMs?: number;
  };
  /** Folder for the last good configuration and certificate, mode 0700; absent: nothing is kept. */
  readonly cacheDir?: string;
}

/** Ports on 127.0.0.1 unless `address` says otherwise. Defaults: 15000, 15020, 15021. */
export interface ProxyAdminPorts {
  readonly admin: number;
  readonly metrics: number;
  readonly health: number;
  readonly address?: string;
}
