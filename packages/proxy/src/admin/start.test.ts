import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Log } from '@weft/common/logger/logger';
import { Registry } from '@weft/common/metrics/registry';
import { type AdminOptions, type AdminServers, startAdmin } from './start.ts';

const FREE_PORTS = { admin: 0, metrics: 0, health: 0 };

function options(changes: Partial<AdminOptions> = {}): AdminOptions {
  return {
    ports: FREE_PORTS,
    registry: new Registry(),
    readiness: () => true,
    configDump: () => ({ listeners: [] }),
    clusters: () => [{ name: 'shop/catalog:80' }],
    certificates: () => [],
    serverInfo: () => ({ id: 'shop/catalog-0' }),
    drain: () => {},
    withdrawn: () => {},
    detected: () => [],
    log: new Log({ output: { write: () => {} } }),
    ...changes,
  };
}

interface Got {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** fetch does not let a test choose the Host header. */
async function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Got> {
  const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }).end();
  const [response] = await once(sent, 'response');
  const body = await text(response);
  return { status: response.statusCode, type: response.headers['content-type'] ?? '', body };
}

async function withAdmin(
  changes: Partial<AdminOptions>,
  run: (ports: AdminServers['ports']) => Promise<void>,
): Promise<void> {
  await using servers = await startAdmin(options(changes));
  await run(servers.ports);
}

test('the admin port lists its pages', () =>
  withAdmin({}, async ({ admin }) => {
    const { status, body } = await ask(admin, '/');
    assert.equal(status, 200);
    for (const page of ['GET /detected', 'GET /config_dump', 'GET /clusters', 'GET /certs', 'POST /drain']) {
      assert.ok(body.includes(page), page);
    }
  }));

test('pages show what their sources say at that moment', async () => {
  let dumps = 0;
  await withAdmin({ configDump: () => ({ dumps: ++dumps }) }, async ({ admin }) => {
    await ask(admin, '/config_dump');
    const { type, body } = await ask(admin, '/config_dump?format=json');
    assert.equal(type, 'application/json');
    assert.deepEqual(JSON.parse(body), { dumps: 2 });
    assert.deepEqual(JSON.parse((await ask(admin, '/clusters')).body), [{ name: 'shop/catalog:80' }]);
    assert.deepEqual(JSON.parse((await ask(admin, '/server_info')).body), { id: 'shop/catalog-0' });
    assert.deepEqual(JSON.parse((await ask(admin, '/certs')).body), []);
  });
});

test('draining takes a POST', async () => {
  let drained = 0;
  let withdrawn = 0;
  await withAdmin({ drain: () => drained++, withdrawn: () => withdrawn++ }, async ({ admin }) => {
    assert.equal((await ask(admin, '/drain')).status, 405);
    assert.equal(drained, 0);
    assert.equal((await ask(admin, '/drain', { method: 'POST' })).status, 202);
    assert.equal(drained, 1);
    assert.equal((await ask(admin, '/drain?withdrawn', { method: 'POST' })).status, 202);
    assert.deepEqual([drained, withdrawn], [1, 1]);
  });
});

test('log levels are shown and set at run time, and nonsense is refused', async () => {
  const log = new Log({ output: { write: () => {} } });
  log.component('xds');
  log.component('outbound');
  await withAdmin({ log }, async ({ admin }) => {
    const set = await ask(admin, '/logging?level=debug&component=xds', { method: 'POST' });
    assert.deepEqual(JSON.parse(set.body), { outbound: 'info', xds: 'debug' });
    assert.equal((await ask(admin, '/logging?level=loud', { method: 'POST' })).status, 400);
    assert.equal((await ask(admin, '/logging?level=debug&component=nope', { method: 'POST' })).status, 400);
    assert.deepEqual(JSON.parse((await ask(admin, '/logging')).body), { outbound: 'info', xds: 'debug' });
  });
});

test('an unknown page is 404 and a page that fails is 500 without taking the process down', () =>
  withAdmin(
    {
      certificates: () => {
        throw new Error('no certificates here');
      },
    },
    async ({ admin }) => {
      assert.equal((await ask(admin, '/nope')).status, 404);
      const failed = await ask(admin, '/certs');
      assert.equal(failed.status, 500);
      assert.match(failed.body, /no certificates here/);
    },
  ));

test('the admin port refuses names and origins that a web page could bring', () =>
  withAdmin({}, async ({ admin, metrics }) => {
    const headers = { host: 'attacker.example' };
    assert.equal((await ask(admin, '/config_dump', { headers })).status, 403);
    const origin = { origin: 'https://attacker.example' };
    assert.equal((await ask(admin, '/drain', { method: 'POST', headers: origin })).status, 403);
    // Prometheus may scrape by any name.
    assert.equal((await ask(metrics, '/metrics', { headers })).status, 200);
  }));

test('metrics come in the format that the scraper asks for, and only the families that it names', () =>
  withAdmin({}, async ({ metrics }) => {
    const plain = await ask(metrics, '/metrics');
    assert.equal(plain.type, 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(plain.body, /^weft_metrics_series_dropped_total 0$/m);
    const open = await ask(metrics, '/stats/prometheus', {
      headers: { accept: 'application/openmetrics-text' },
    });
    assert.equal(open.type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    assert.match(open.body, /# EOF\n$/);
    assert.equal((await ask(metrics, '/metrics?name[]=other')).body, '');
  }));

test('readiness says why not, liveness is apart from it', async () => {
  let state: true | string = 'no configuration received yet';
  await withAdmin({ readiness: () => state }, async ({ health }) => {
    const before = await ask(health, '/healthz/ready');
    assert.equal(before.status, 503);
    assert.equal(before.body, 'not ready: no configuration received yet\n');
    assert.equal((await ask(health, '/healthz/live')).status, 200);
    state = true;
    assert.equal((await ask(health, '/healthz/ready')).status, 200);
  });
});

test('a port in use is one clear error, and no other port stays open', async () => {
  await using first = await startAdmin(options());
  const ports = { ...FREE_PORTS, metrics: first.ports.metrics };
  await assert.rejects(startAdmin(options({ ports })), (error: NodeJS.ErrnoException) => {
    assert.equal(error.code, 'EADDRINUSE');
    const start = `port ${first.ports.metrics} on 127.0.0.1 (proxy metrics) is in use: `;
    assert.ok(error.message.startsWith(start), error.message);
    assert.ok(error.message.endsWith("set 'admin.metrics' in the bootstrap file to another port"));
    return true;
  });
});

test('closing twice is harmless', async () => {
  const servers = await startAdmin(options());
  await servers.close();
  await servers.close();
});
