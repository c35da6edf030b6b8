import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatRow } from '@weft/api/control-plane-api';
import { labels } from '@weft/common/metrics/labels';
import { Registry } from '@weft/common/metrics/registry';
import { render } from '@weft/common/metrics/render';
import { REQUEST_BOUNDS } from '@weft/common/metrics/request-bounds';
import { ProxyHistory } from './proxy-history.ts';
import { edgeRows, type ServedWorkload, statRows } from './rows.ts';

const REVIEWS: ServedWorkload = {
  namespace: 'bookshop',
  service: 'reviews',
  workload: 'reviews-v2',
  version: 'v2',
  replicas: 2,
  ready: 2,
};

/** A proxy's registry, filled as its metrics would be. */
class Proxy {
  readonly registry = new Registry();
  readonly #requests = this.registry.counter('istio_requests_total', 'x');
  readonly #duration = this.registry.histogram('istio_request_duration_milliseconds', 'x', REQUEST_BOUNDS);
  readonly #opened = this.registry.counter('istio_tcp_connections_opened_total', 'x');
  readonly #closed = this.registry.counter('istio_tcp_connections_closed_total', 'x');
  readonly #sent = this.registry.counter('istio_tcp_sent_bytes_total', 'x');

  readonly #reporter: string;
  readonly #namespace: string;

  constructor(reporter: 'source' | 'destination' = 'destination', namespace = 'bookshop') {
    this.#reporter = reporter;
    this.#namespace = namespace;
  }

  request(status: number, durationMs: number, { times = 1, mtls = true } = {}): void {
    const set = this.#labels({ request_protocol: 'http', response_code: String(status) }, mtls);
    this.#requests.add(this.#requests.series(set), times);
    for (let i = 0; i < times; i++) this.#duration.observe(this.#duration.series(set), durationMs);
  }

  call(grpc_response_status: number): void {
    const set = this.#labels({
      request_protocol: 'grpc',
      response_code: '200',
      grpc_response_status: String(grpc_response_status),
    });
    this.#requests.add(this.#requests.series(set), 1);
  }

  connection({
    flag = '-',
    bytes = 0,
    mtls = false,
  }: {
    flag?: string;
    bytes?: number;
    mtls?: boolean;
  }): void {
    this.#opened.add(this.#opened.series(this.#tcp('-', mtls)));
    this.#closed.add(this.#closed.series(this.#tcp(flag, mtls)));
    this.bytes(bytes, mtls);
  }

  bytes(count: number, mtls: boolean): void {
    this.#sent.add(this.#sent.series(this.#tcp('-', mtls)), count);
  }

  #tcp(response_flags: string, mtls: boolean) {
    return this.#labels({ request_protocol: 'tcp', response_flags }, mtls);
  }

  text(): Buffer {
    return Buffer.from(render(this.registry, 'prometheus'));
  }

  #labels(more: Record<string, string>, mtls = true) {
    return labels({
      reporter: this.#reporter,
      source_workload: 'storefront',
      source_workload_namespace: this.#namespace,
      destination_workload: 'reviews-v2',
      destination_workload_namespace: 'bookshop',
      destination_version: 'v2',
      destination_service_name: 'reviews',
      destination_service_namespace: 'bookshop',
      connection_security_policy: mtls ? 'mutual_tls' : 'none',
      ...more,
    });
  }
}

function rowOf(sinceMs: number, ...histories: ProxyHistory[]): StatRow {
  const rows = statRows(
    histories.flatMap((history) => [...history.windows(sinceMs)]),
    [REVIEWS],
  );
  assert.equal(rows.length, 1);
  return rows[0]!;
}

test('rates, success, percentiles and mTLS are of the window, totals of the whole life', () => {
  const proxy = new Proxy();
  const history = new ProxyHistory(60);
  proxy.request(200, 3, { times: 1000 });
  history.ingest(proxy.text(), 0);
  proxy.request(200, 3, { times: 98 });
  proxy.request(503, 70, { mtls: false });
  proxy.request(404, 70, { mtls: false });
  history.ingest(proxy.text(), 5_000);
  assert.deepEqual(rowOf(-5_000, history), {
    ...REVIEWS,
    protocol: 'http',
    rate: 20,
    success: 0.99,
    mtls: 0.98,
    // 98 of 100 are in (1, 5], two in (50, 100].
    p50Ms: 1 + (50 / 98) * 4,
    p95Ms: 1 + (95 / 98) * 4,
    p99Ms: 75,
    total: 1100,
    failed: 1,
  });
});

test('a gRPC call that failed at the server is a failure, though HTTP says 200', () => {
  const proxy = new Proxy();
  const history = new ProxyHistory(60);
  proxy.call(0);
  history.ingest(proxy.text(), 0);
  for (let code = 0; code <= 16; code++) proxy.call(code);
  history.ingest(proxy.text(), 1_000);
  const { protocol, total, failed } = rowOf(-1, history);
  assert.deepEqual({ protocol, total, failed }, { protocol: 'http', total: 18, failed: 6 });
});

test('scrapes before the window do not count, nor does what the first one brought', () => {
  const proxy = new Proxy();
  const history = new ProxyHistory(60);
  for (let second = 0; second <= 20; second++) {
    proxy.request(second <= 10 ? 500 : 200, 1, { times: 10 });
    history.ingest(proxy.text(), second * 1000);
  }
  const row = rowOf(10_000, history);
  assert.equal(row.rate, 10);
  assert.equal(row.success, 1);
  assert.equal(row.total, 210);
  assert.equal(row.failed, 110);
});

test('a window longer than what is kept is what is kept', () => {
  const proxy = new Proxy();
  const history = new ProxyHistory(3);
  for (let second = 0; second < 10; second++) {
    proxy.request(200, 1, { times: second });
    history.ingest(proxy.text(), second * 1000);
  }
  assert.equal(rowOf(-1, history).rate, (8 + 9) / 2);
});

test('a proxy that was restarted goes on from 0', () => {
  const history = new ProxyHistory(60);
  const before = new Proxy();
  before.request(200, 1, { times: 100 });
  history.ingest(before.text(), 0);
  const after = new Proxy();
  after.request(200, 1, { times: 30 });
  history.ingest(after.text(), 1000);
  const row = rowOf(-1, history);
  assert.equal(row.rate, 30);
  assert.equal(row.total, 130);
});

test('a series that was taken out and came back counts from 0', () => {
  const history = new ProxyHistory(60);
  const proxy = new Proxy();
  proxy.request(200, 1, { times: 10 });
  history.ingest(proxy.text(), 0);
  history.ingest(new Proxy().text(), 1000);
  proxy.request(200, 1, { times: 5 });
  history.ingest(proxy.text(), 2000);
  const row = rowOf(1000, history);
  assert.equal(row.rate, 15);
  assert.equal(row.total, 25);
});

test('proxies are added up, each with the time between its own scrapes', () => {
  const [a, b] = [new ProxyHistory(60), new ProxyHistory(60)];
  const proxy = new Proxy();
  a.ingest(proxy.text(), 0);
  b.ingest(proxy.text(), 4000);
  proxy.request(200, 1, { times: 10 });
  a.ingest(proxy.text(), 5000);
  b.ingest(proxy.text(), 5000);
  assert.equal(rowOf(-1, a, b).rate, 10 / 5 + 10 / 1);
});

test('connections have bytes, and succeed unless the mesh or the server ended them', () => {
  const proxy = new Proxy();
  const history = new ProxyHistory(60);
  history.ingest(proxy.text(), 0);
  proxy.connection({ bytes: 3000 });
  proxy.connection({ flag: 'DC' });
  proxy.connection({ flag: 'UF' });
  proxy.connection({});
  history.ingest(proxy.text(), 2000);
  assert.deepEqual(rowOf(-1, history), {
    ...REVIEWS,
    protocol: 'tcp',
    rate: 2,
    success: 0.75,
    mtls: 0,
    bytesPerSecond: 1500,
    total: 4,
    failed: 1,
  });
});

test('a connection that was opened before the window and carries bytes in it still says how it began', () => {
  const proxy = new Proxy();
  const history = new ProxyHistory(60);
  history.ingest(proxy.text(), 0);
  proxy.connection({ bytes: 1000, mtls: true });
  history.ingest(proxy.text(), 1000);
  proxy.bytes(500, true);
  history.ingest(proxy.text(), 2000);
  const row = rowOf(1500, history);
  assert.deepEqual([row.rate, row.success, row.mtls], [0, 1, 1]);
});

test('without traffic a served workload has a row all the same', () => {
  assert.deepEqual(statRows([], [REVIEWS]), [{ ...REVIEWS, protocol: 'none', rate: 0, total: 0, failed: 0 }]);
});

test('traffic to what is not listed has a row without replicas, and clients have none', () => {
  const [server, client] = [new Proxy(), new Proxy('source')];
  const histories = [server, client].map((proxy) => {
    proxy.request(200, 1);
    const history = new ProxyHistory(60);
    history.ingest(proxy.text(), 0);
    return history;
  });
  const rows = statRows(
    histories.flatMap((history) => [...history.windows(-1)]),
    [],
  );
  assert.deepEqual(rows, [
    { ...REVIEWS, replicas: 0, ready: 0, protocol: 'http', rate: 0, total: 1, failed: 0 },
  ]);
});

test('edges come from the client and name the namespace of a far service', () => {
  const [near, far] = [new Proxy('source'), new Proxy('source', 'blog')];
  const windows = [near, far, new Proxy('destination')].flatMap((proxy) => {
    const history = new ProxyHistory(60);
    history.ingest(proxy.text(), 0);
    proxy.request(200, 1, { times: 4 });
    history.ingest(proxy.text(), 1000);
    return [...history.windows(-1)];
  });
  const traffic = { protocol: 'http', rate: 4, success: 1, mtls: 1, p99Ms: 0.5 + 0.99 * 0.5, total: 4 };
  assert.deepEqual(edgeRows(windows), [
    {
      namespace: 'blog',
      source: 'storefront',
      destination: 'reviews.bookshop',
      destinationVersion: 'v2',
      ...traffic,
    },
    {
      namespace: 'bookshop',
      source: 'storefront',
      destination: 'reviews',
      destinationVersion: 'v2',
      ...traffic,
    },
  ]);
});
