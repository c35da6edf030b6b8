// The proxy's own servers: admin (15000), metrics (15020) and health (15021). Three ports, since three different
// parties reach them: people on this machine, Prometheus, and the kubelet.

import { isIP } from 'node:net';
import type { ProxyAdminPorts } from '@weft/api/proxy-config/bootstrap';
import { isLoopbackName } from '@weft/common/loopback-guard';
import { exposition } from '@weft/common/metrics/exposition';
import type { Registry } from '@weft/common/metrics/registry';
import { type AdminSources, adminPages } from './admin-pages.ts';
import { type HttpServer, type Page, type PageKey, type Pages, serve } from './http-server.ts';

export interface AdminOptions extends AdminSources {
  readonly ports: ProxyAdminPorts;
  readonly registry: Registry;
  /** True, or why the proxy can not serve (yet): `no configuration received yet`. */
  readonly readiness: () => true | string;
}

export interface AdminServers extends AsyncDisposable {
  /** The ports that were bound: other than asked for where that was 0. */
  readonly ports: { readonly admin: number; readonly metrics: number; readonly health: number };
  close(): Promise<void>;
}

/** Binds all three, or none: rejects with a message for the user when a port can not be bound. */
export async function startAdmin(options: AdminOptions): Promise<AdminServers> {
  const { ports } = options;
  const address = ports.address ?? '127.0.0.1';
  await using started = new AsyncDisposableStack();
  const start = async (
    name: 'admin' | 'metrics' | 'health',
    on: string,
    pages: Pages,
  ): Promise<HttpServer> => {
    const remedy = `set 'admin.${name}' in the bootstrap file to another port`;
    const target = { address: on, port: ports[name], purpose: `proxy ${name}`, remedy };
    return started.use(await serve(target, pages, name === 'admin'));
  };

  // The admin port can stop the proxy: it stays on loopback wherever the other two are.
  const adminAddress = isLoopbackName(address) && isIP(address) !== 0 ? address : '127.0.0.1';
  const admin = await start('admin', adminAddress, adminPages(options));
  const metrics = await start('metrics', address, metricsPages(options.registry));
  const health = await start('health', address, healthPages(options.readiness));

  const servers = started.move();
  const close = (): Promise<void> => servers.disposeAsync();
  return {
    ports: { admin: admin.port, metrics: metrics.port, health: health.port },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function metricsPages(registry: Registry): Pages {
  const page: Page = {
    help: 'metrics; ?name[]=FAMILY for some of them',
    answer: (query, request) => exposition(registry, request.headers.accept, query),
  };
  return new Map([
    ['GET /metrics', page],
    ['GET /stats/prometheus', page],
  ]);
}

function healthPages(readiness: () => true | string): Pages {
  const ready = () => {
    const state = readiness();
    return state === true ? { body: 'ready\n' } : { status: 503, body: `not ready: ${state}\n` };
  };
  return new Map<PageKey, Page>([
    ['GET /healthz/ready', { help: 'whether it can serve', answer: ready }],
    ['GET /healthz/live', { help: 'whether it runs', answer: () => ({ body: 'live\n' }) }],
  ]);
}
