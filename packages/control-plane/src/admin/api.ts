// The control plane's HTTP API (packages/api/src/control-plane-api.ts) as a fetch handler.

import type {
  DetectedPort,
  EdgeRow,
  MeshStatus,
  ProxyStatus,
  StatRow,
  StoredResource,
} from '@weft/api/control-plane-api';
import type { ProxyConfig } from '@weft/api/proxy-config/types';
import { refusedByLoopbackGuard } from '@weft/common/loopback-guard';
import { type Context, Hono } from 'hono';
import { isBearer } from './bearer.ts';

/** What the API shows and takes; asked at each request. */
export interface ApiSources {
  readonly status: () => MeshStatus;
  readonly resources: () => readonly StoredResource[];
  readonly proxies: () => readonly ProxyStatus[];
  /** Undefined where there is no such proxy. */
  readonly proxyConfig: (namespace: string, pod: string) => ProxyConfig | undefined;
  readonly stat: () => readonly StatRow[];
  readonly edges: () => readonly EdgeRow[];
  readonly detected: () => readonly DetectedPort[];
  /** Takes all Pods of the local mesh, in place of those before; else says why it does not. */
  readonly putPods: (pods: readonly unknown[]) => string | undefined;
  /** What authorises putPods. */
  readonly launcherSecret: string;
}

/** A hono app; it answers only by loopback names, with no CORS: no web page can reach it through a browser. */
export function controlPlaneApi(sources: ApiSources): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const refused = refusedByLoopbackGuard(c.req.header('host'), c.req.header('origin'));
    if (refused !== undefined) return c.json({ error: refused }, 403);
    await next();
    c.header('cache-control', 'no-store');
  });
  app.get('/api/v1/status', (c) => c.json(sources.status()));
  app.get('/api/v1/resources', (c) => c.json(sources.resources().filter(selectedBy(c))));
  app.get('/api/v1/proxies', (c) => c.json(sources.proxies()));
  app.get('/api/v1/proxies/:namespace/:pod/config', (c) => {
    const { namespace, pod } = c.req.param();
    const config = sources.proxyConfig(namespace, pod);
    if (config !== undefined) return c.json(config);
    return c.json({ error: `there is no proxy ${namespace}/${pod}: GET /api/v1/proxies lists them` }, 404);
  });
  app.get('/api/v1/stat', (c) => c.json(sources.stat()));
  app.get('/api/v1/edges', (c) => c.json(sources.edges()));
  app.get('/api/v1/detected', (c) => c.json(sources.detected()));
  app.put('/api/v1/local/pods', async (c) => {
    if (!isBearer(c.req.header('authorization'), sources.launcherSecret)) {
      return c.json({ error: 'the launcher secret is missing or wrong' }, 401);
    }
    const pods = await c.req.json().catch(() => undefined);
    if (!Array.isArray(pods)) return c.json({ error: 'the body is not a JSON list of Pods' }, 400);
    const refused = sources.putPods(pods);
    return refused === undefined ? c.body(null, 204) : c.json({ error: refused }, 400);
  });
  app.notFound((c) => c.json({ error: `there is no ${c.req.method} ${c.req.path}` }, 404));
  app.onError((error, c) => c.json({ error: `${error.message} (a fault of Weft's, please report it)` }, 500));
  return app;
}

/** `?kind=&namespace=&name=`; kinds compare without case, as people type them. */
function selectedBy(c: Context): (stored: StoredResource) => boolean {
  const { kind, namespace, name } = c.req.query();
  return ({ object }) =>
    (kind === undefined || object.kind.toLowerCase() === kind.toLowerCase()) &&
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name);
}
