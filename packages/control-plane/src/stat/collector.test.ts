import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Log } from '@weft/common/logger/logger';
import { exposition } from '@weft/common/metrics/exposition';
import { labels } from '@weft/common/metrics/labels';
import { Registry } from '@weft/common/metrics/registry';
import { StatCollector } from './collector.ts';
import type { ScrapeTarget } from './scrape.ts';

/** A metrics endpoint as a proxy has it, with one request series. */
async function metricsServer(t: TestContext) {
  const registry = new Registry();
  const requests = registry.counter('istio_requests_total', 'x');
  registry.counter('something_else_total', 'Not asked for.').series();
  const series = requests.series(
    labels({
      reporter: 'destination',
      destination_workload: 'catalog',
      destination_workload_namespace: 'shop',
      destination_version: 'v1',
      destination_service_name: 'catalog',
      request_protocol: 'http',
      response_code: '200',
    }),
  );
  const answers: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const { body } = exposition(registry, request.headers.accept, url.searchParams);
    answers.push(`${url.pathname} ${body}`);
    response.end(body);
  });
  const port = await listening(t, server);
  return { port, answers, add: (count: number) => requests.add(series, count) };
}

async function listening(t: TestContext, server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    return server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Rounds are made by the test: the interval is longer than it. */
function collector(t: TestContext, targets: () => readonly ScrapeTarget[], intervalMs = 3_600_000) {
  const lines: string[] = [];
  const log = new Log({ output: { write: (line) => lines.push(line) } }).component('stat');
  const stat = new StatCollector({ targets, log, intervalMs });
  t.after(() => stat.close());
  return { stat, lines };
}

function target(id: string, port: number): ScrapeTarget {
  return { id, address: '127.0.0.1', port };
}

test('proxies are scraped, only for the families needed, and added up', async (t) => {
  const [one, two] = [await metricsServer(t), await metricsServer(t)];
  const { stat } = collector(t, () => [
    target('shop/catalog-0', one.port),
    target('shop/catalog-1', two.port),
  ]);
  await stat.scrapeAll();
  one.add(2);
  two.add(3);
  await stat.scrapeAll();
  const [row] = stat.statRows([]);
  assert.equal(row?.total, 5);
  assert.ok(row !== undefined && row.rate > 0);
  assert.equal(row?.success, 1);
  assert.match(one.answers[0] ?? '', /^\/metrics # HELP istio_requests_total/);
  assert.doesNotMatch(one.answers[0] ?? '', /something_else/);
});

test('a proxy that vanishes leaves with its totals', async (t) => {
  const server = await metricsServer(t);
  server.add(5);
  let targets = [target('shop/catalog-0', server.port)];
  const { stat } = collector(t, () => targets);
  await stat.scrapeAll();
  assert.equal(stat.statRows([]).length, 1);
  targets = [];
  await stat.scrapeAll();
  assert.deepEqual(stat.statRows([]), []);
});

test('a proxy that does not answer is logged once, and again after it answered', async (t) => {
  let status = 503;
  const port = await listening(
    t,
    createServer((_, response) => response.writeHead(status).end()),
  );
  const { stat, lines } = collector(t, () => [target('shop/catalog-0', port)]);
  await stat.scrapeAll();
  await stat.scrapeAll();
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /"proxy":"shop\/catalog-0".*status 503/);
  status = 200;
  await stat.scrapeAll();
  status = 503;
  await stat.scrapeAll();
  assert.equal(lines.length, 2);
});

test('rounds come by themselves, and closing ends one that hangs', async (t) => {
  const hanging = createServer(() => {});
  const port = await listening(t, hanging);
  const { stat, lines } = collector(t, () => [target('shop/catalog-0', port)], 10);
  await once(hanging, 'request');
  await stat.close();
  assert.deepEqual(lines, []);
});
