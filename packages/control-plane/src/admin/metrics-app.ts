// The control plane's port for machines (15014): its own metrics, and health for probes.

import { exposition } from '@weft/common/metrics/exposition';
import type { Registry } from '@weft/common/metrics/registry';
import { Hono } from 'hono';

export function metricsApp(registry: Registry): Hono {
  const app = new Hono();
  app.get('/metrics', (c) => {
    const query = new URL(c.req.url).searchParams;
    const { contentType, body } = exposition(registry, c.req.header('accept'), query);
    return c.body(body, 200, { 'content-type': contentType });
  });
  // It listens only while everything else does.
  app.get('/healthz', (c) => c.text('ready\n'));
  return app;
}
