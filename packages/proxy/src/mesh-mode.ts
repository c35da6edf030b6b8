// `weft proxy --bootstrap FILE`: a sidecar with a control plane. Identity first, then configuration, then traffic.

import type { ProxyBootstrap } from '@weft/api/proxy-config/bootstrap';
import type { Log } from '@weft/common/logger/logger';
import { NO_LABELS } from '@weft/common/metrics/labels';
import type { Registry } from '@weft/common/metrics/registry';
import { adminSources } from './admin/sources.ts';
import { startAdmin } from './admin/start.ts';
import type { DrainTimes } from './drain.ts';
import { controlPlaneSigner } from './identity/certificate-signer.ts';
import { IdentityCache } from './identity/identity-cache.ts';
import { WorkloadIdentity } from './identity/workload-identity.ts';
import { Proxy } from './proxy.ts';
import type { RunningProxy } from './static-mode.ts';
import { ConfigCache } from './xds/config-cache.ts';
import { DeltaClient, type DeltaClientState } from './xds/delta-client.ts';
import { GrpcChannel } from './xds/grpc-channel.ts';
import { nodeOf } from './xds/node.ts';

/** A control plane hears of a sidecar that is not ready by its probe, every second or two, and tells the clients. */
const DEFAULT_DRAIN: DrainTimes = { graceMs: 5_000, limitMs: 30_000 };

/**
 * Resolves when the listeners are open: with a certificate from the control plane, or from the cache while that is
 * away. Rejects with a message for the user.
 */
export async function startMesh(
  bootstrap: ProxyBootstrap,
  options: { readonly log: Log; readonly version: string },
): Promise<RunningProxy> {
  const { log, version } = options;
  const { node, controlPlane, cacheDir } = bootstrap;
  await using started = new AsyncDisposableStack();

  const channel = new GrpcChannel(controlPlane);
  started.defer(() => channel.close());
  const identity = started.use(
    new WorkloadIdentity({
      namespace: node.workload.namespace,
      serviceAccount: node.serviceAccount,
      signer: controlPlaneSigner(channel),
      log: log.component('identity'),
      ...(cacheDir !== undefined && { cache: new IdentityCache(cacheDir) }),
    }),
  );
  identity.start();
  await identity.ready;

  const proxy = started.use(
    new Proxy({
      listeners: bootstrap.listeners,
      log,
      identity,
      inboundName: node.id,
      workload: node.workload,
      version,
      drain: { ...DEFAULT_DRAIN, ...bootstrap.drain },
    }),
  );
  proxy.onConfig(({ trust }) => trust && identity.setRoots(trust.roots));
  const xdsLog = log.component('xds');
  const cache =
    cacheDir === undefined ? undefined : started.use(new ConfigCache({ directory: cacheDir, log: xdsLog }));
  const client = started.use(
    new DeltaClient({
      channel,
      node: nodeOf(bootstrap, version),
      sink: proxy.store,
      log: xdsLog,
      ...(cache && { cache }),
    }),
  );
  observeClient(proxy.registry, () => client.state);
  proxy.store.start(client);
  client.start();
  await proxy.listen();

  started.use(
    await startAdmin({
      ports: bootstrap.admin,
      registry: proxy.registry,
      readiness: () => readiness(proxy),
      ...adminSources(proxy, { id: node.id, version, mode: 'mesh' }, identity, bootstrap.listeners),
    }),
  );
  const parts = started.move();
  return {
    proxy,
    async drain(soonMs) {
      await proxy.drain(soonMs);
      await parts.disposeAsync();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function readiness(proxy: Proxy): true | string {
  if (proxy.isDraining) return 'draining';
  if (proxy.store.current.inbound === undefined) return 'no configuration for the workload yet';
  return true;
}

function observeClient(registry: Registry, state: () => DeltaClientState): void {
  const one = (
    kind: 'counter' | 'gauge',
    name: string,
    help: string,
    read: (state: DeltaClientState) => number,
  ): void => registry.observe({ kind, name, help, read: () => [[NO_LABELS, read(state())]] });
  one('gauge', 'weft_xds_connected', 'Whether the control plane has accepted our stream.', ({ connected }) =>
    Number(connected),
  );
  one(
    'counter',
    'weft_xds_updates_total',
    'Responses of the control plane that were taken.',
    ({ updates }) => updates,
  );
  one(
    'counter',
    'weft_xds_nacks_total',
    'Responses that were refused in part or whole.',
    ({ nacks }) => nacks,
  );
  one(
    'counter',
    'weft_xds_from_cache_total',
    'Resources taken from the cache while the control plane was away.',
    ({ fromCache }) => fromCache,
  );
}
