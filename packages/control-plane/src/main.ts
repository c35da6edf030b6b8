// The control plane as a whole, wired in the order in which it starts:
//
//   folder ─FileProvider─▶ ResourceSet ─Mesh─▶ ConfigView ─xDS (15012)─▶ proxies
//                                        │                               │ metrics
//                                        └──▶ API (15010) ◀──StatCollector◀┘        own metrics (15014)

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '@weft/api/kinds/pod';
import type { Trust } from '@weft/api/proxy-config/types';
import { Log } from '@weft/common/logger/logger';
import { observeProcess } from '@weft/common/metrics/process';
import { Registry } from '@weft/common/metrics/registry';
import package_ from '../package.json' with { type: 'json' };
import { type ApiSources, controlPlaneApi } from './admin/api.ts';
import { Convergence } from './admin/convergence.ts';
import { serveFetch } from './admin/fetch-server.ts';
import { launcherSecret } from './admin/launcher-secret.ts';
import { meshStatus } from './admin/mesh-status.ts';
import { metricsApp } from './admin/metrics-app.ts';
import { observeControlPlane } from './admin/own-metrics.ts';
import { compileMesh, Mesh } from './compile/mesh.ts';
import { CertificateAuthority } from './identity/ca.ts';
import { localTokenVerifier } from './identity/local-token.ts';
import { folderRootStore } from './identity/root-store.ts';
import { FileProvider } from './provider/file/file-provider.ts';
import { KeptTexts } from './provider/file/kept-texts.ts';
import type { ResourceSet } from './provider/provider.ts';
import { StatCollector } from './stat/collector.ts';
import { servedWorkloads } from './stat/served.ts';
import { startXdsServer, type XdsServer } from './xds/weft/server.ts';

export interface ControlPlaneOptions {
  /** Folder of manifests, as the user named it: file names in diagnostics begin with it. Watched. */
  readonly folder: string;
  /** Made with mode 0700 where it is missing: the CA's root (`ca/`), `launcher-secret`, `roots.pem`, `manifests.json`. */
  readonly dataDir: string;
  /** Address of all three ports. Default 127.0.0.1. */
  readonly address?: string;
  /** The HTTP API; default 15010. 0 takes a free port, here and below. */
  readonly apiPort?: number;
  /** xDS and certificate signing over TLS; default 15012. */
  readonly xdsPort?: number;
  /** Metrics and health; default 15014. */
  readonly metricsPort?: number;
  /** Life of workload certificates; default 24 h. */
  readonly certificateTtlMs?: number;
  /** A launcher tells which Pods run (PUT /api/v1/local/pods): proxies are served from then on. Default false. */
  readonly awaitPods?: boolean;
  /** Default: to standard error. */
  readonly log?: Log;
}

export interface ControlPlane extends AsyncDisposable {
  /** The ports that were bound. */
  readonly ports: { readonly api: number; readonly xds: number; readonly metrics: number };
  /** PEM file with the mesh's roots, which proxies check the control plane by. */
  readonly rootsFile: string;
  /** Ends all streams and frees the ports. Idempotent. */
  close(): Promise<void>;
}

/** Rejects with a message for the user, of one line, where it can not start; then nothing is left running. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { folder, dataDir, address = '127.0.0.1', certificateTtlMs, awaitPods = false } = options;
  const log = options.log ?? new Log();
  await using started = new AsyncDisposableStack();

  const secret = await launcherSecret(dataDir);
  const kept = started.use(new KeptTexts(join(dataDir, 'manifests.json'), log.component('provider')));
  const provider = started.use(new FileProvider(folder, { kept }));
  await provider.ready;
  const authority = await openAuthority(dataDir, provider);
  const rootsFile = join(dataDir, 'roots.pem');
  await writeFile(rootsFile, authority.roots.join(''));
  const mesh = new Mesh({ trustDomain: authority.trustDomain, trust: trustOf(authority) });
  const first = provider.current;
  mesh.update(first);
  const podsKnown = Promise.withResolvers<void>();

  const xds = started.use(
    await startXdsServer({
      address,
      port: options.xdsPort ?? 15012,
      ca: authority,
      verifier: localTokenVerifier(secret),
      view: mesh,
      log: log.component('xds'),
      ...(certificateTtlMs !== undefined && { leafTtlMs: certificateTtlMs }),
      ...(awaitPods && { viewComplete: podsKnown.promise }),
    }),
  );
  const registry = new Registry();
  observeProcess(registry, { component: 'control-plane', version: package_.version });
  observeControlPlane(registry, {
    counters: xds.counters,
    proxies: () => xds.proxies(),
    diagnostics: () => mesh.diagnostics,
  });
  const convergence = new Convergence(registry, () => xds.proxies());
  xds.onProxiesChanged(() => convergence.proxiesChanged());

  const stat = started.use(
    new StatCollector({ targets: () => scrapeTargets(xds), log: log.component('stat') }),
  );
  let lastChange = new Date();
  const apply = (set: ResourceSet): void => {
    lastChange = new Date();
    mesh.update(set);
    xds.update(mesh);
    convergence.changed();
  };
  started.defer(provider.onChange(apply));
  // What changed while the server started.
  if (provider.current !== first) apply(provider.current);

  const metrics = started.use(
    await serveFetch(
      {
        address,
        port: options.metricsPort ?? 15014,
        purpose: 'control plane metrics',
        remedy: 'choose another with --metrics-port',
      },
      metricsApp(registry).fetch,
    ),
  );
  // Last: whoever waits for the API to answer knows then that everything else runs too.
  const api = started.use(
    await serveFetch(
      {
        address,
        port: options.apiPort ?? 15010,
        purpose: 'control plane API',
        remedy: 'choose another with --api-port',
      },
      controlPlaneApi(
        apiSources({
          provider,
          mesh,
          xds,
          stat,
          secret,
          lastChange: () => lastChange,
          podsKnown: podsKnown.resolve,
        }),
      ).fetch,
    ),
  );

  const ports = { api: api.port, xds: xds.port, metrics: metrics.port };
  log.component('main').info('the control plane serves', { folder, address, ...ports });
  const running = started.move();
  const close = (): Promise<void> => running.disposeAsync();
  return { ports, rootsFile, close, [Symbol.asyncDispose]: close };
}

/** The trust domain is the MeshConfig's at the first start; the root that was made for it fixes it from then on. */
function openAuthority(dataDir: string, provider: FileProvider): Promise<CertificateAuthority> {
  const { trustDomain } = compileMesh(provider.current).model.settings;
  return CertificateAuthority.open({ store: folderRootStore(join(dataDir, 'ca')), trustDomain });
}

function trustOf({ trustDomain, roots }: CertificateAuthority): Trust {
  return { name: 'trust', trustDomain, roots };
}

interface Parts {
  readonly provider: FileProvider;
  readonly mesh: Mesh;
  readonly xds: XdsServer;
  readonly stat: StatCollector;
  readonly secret: string;
  readonly lastChange: () => Date;
  /** Called with each list of Pods that is taken. */
  readonly podsKnown: () => void;
}

function apiSources({ provider, mesh, xds, stat, secret, lastChange, podsKnown }: Parts): ApiSources {
  const { kind, source } = provider;
  return {
    status: () =>
      meshStatus({
        version: package_.version,
        provider: { kind, source, lastChange: lastChange().toISOString() },
        model: mesh.model,
        diagnostics: mesh.diagnostics,
        proxies: xds.proxies(),
        pods: mesh.objects({ kind: 'Pod' }).map(({ object }) => object as unknown as Pod),
      }),
    resources: () => mesh.objects(),
    proxies: () => xds.proxies(),
    proxyConfig(namespace, pod) {
      const id = `${namespace}/${pod}`;
      return mesh.model.instances.get(id) && mesh.proxyConfig(id);
    },
    stat: () => stat.statRows(servedWorkloads(mesh.model)),
    edges: () => stat.edgeRows(),
    detected: () => stat.detected(),
    putPods(pods) {
      const refused = provider.setPods(pods);
      if (refused === undefined) podsKnown();
      return refused;
    },
    launcherSecret: secret,
  };
}

function scrapeTargets(xds: XdsServer) {
  return xds
    .nodes()
    .flatMap(({ id, address, metricsPort: port }) => (port === undefined ? [] : { id, address, port }));
}
