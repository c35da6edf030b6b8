import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from '@weft/common/metrics/registry';
import { render } from '@weft/common/metrics/render';
import { RESPONSE_FLAGS, type ResponseFlag } from '@weft/common/response-flag';
import type { Peer, TrafficLabels } from './traffic.ts';
import { createTrafficMetrics } from './traffic-metrics.ts';

function peer(name: string, version: string): Peer {
  return {
    workload: { namespace: 'bookshop', name: `${name}-${version}`, app: name, version, pod: `${name}-0` },
    principal: `spiffe://cluster.local/ns/bookshop/sa/${name}`,
  };
}

const HTTP: TrafficLabels = {
  reporter: 'destination',
  source: peer('storefront', 'v1'),
  destination: peer('reviews', 'v2'),
  service: { namespace: 'bookshop', name: 'reviews' },
  protocol: 'http',
  security: 'mutual_tls',
};
const STRANGER: TrafficLabels = { reporter: 'source', protocol: 'tcp', security: 'none' };

function written(registry: Registry, ...families: string[]): string {
  return render(registry, 'prometheus', new Set(families));
}

test('a request is counted with all of the labels that Istio has', () => {
  const registry = new Registry();
  createTrafficMetrics(registry).requests(HTTP).record(200, '-', 12, 0, 2048);
  assert.equal(
    written(registry, 'istio_requests_total'),
    `# HELP istio_requests_total Requests that ended.
# TYPE istio_requests_total counter
istio_requests_total{${[
      'reporter="destination"',
      'source_workload="storefront-v1"',
      'source_canonical_service="storefront"',
      'source_canonical_revision="v1"',
      'source_workload_namespace="bookshop"',
      'source_principal="spiffe://cluster.local/ns/bookshop/sa/storefront"',
      'source_app="storefront"',
      'source_version="v1"',
      'source_cluster="Kubernetes"',
      'destination_workload="reviews-v2"',
      'destination_canonical_service="reviews"',
      'destination_canonical_revision="v2"',
      'destination_workload_namespace="bookshop"',
      'destination_principal="spiffe://cluster.local/ns/bookshop/sa/reviews"',
      'destination_app="reviews"',
      'destination_version="v2"',
      'destination_cluster="Kubernetes"',
      'destination_service="reviews.bookshop.svc.cluster.local"',
      'destination_service_name="reviews"',
      'destination_service_namespace="bookshop"',
      'request_protocol="http"',
      'response_code="200"',
      'response_flags="-"',
      'connection_security_policy="mutual_tls"',
    ].join(',')}} 1
`,
  );
});

test('duration and sizes go to histograms with the bounds that Istio has', () => {
  const registry = new Registry();
  createTrafficMetrics(registry).requests(HTTP).record(200, '-', 12, 0, 2048);
  const lines = written(registry, 'istio_request_duration_milliseconds')
    .split('\n')
    .map((line) => line.replace(/\{.*(le="[^"]*")?\}/, '{$1}').replace(/\{.*,(le=.*)\}/, '{$1}'));
  assert.equal(lines.length, 2 + 20 + 2 + 1);
  const text = written(registry, 'istio_request_duration_milliseconds', 'istio_response_bytes');
  assert.match(text, /duration_milliseconds_bucket\{.*,le="10"\} 0\n.*,le="25"\} 1\n/);
  assert.match(text, /duration_milliseconds_sum\{.*\} 12\n/);
  assert.match(text, /istio_response_bytes_bucket\{.*,le="1000"\} 0\n.*,le="2500"\} 1\n/);
});

test('outcomes are apart: status and flag are labels', () => {
  const registry = new Registry();
  const metrics = createTrafficMetrics(registry).requests(HTTP);
  for (let i = 0; i < 3; i++) metrics.record(503, 'UH', 1, 0, 0);
  metrics.record(503, '-', 1, 0, 0);
  metrics.record(0, 'DC', 1, 0, 0);
  const text = written(registry, 'istio_requests_total');
  assert.match(text, /response_code="503",response_flags="UH",.*\} 3\n/);
  assert.match(text, /response_code="503",response_flags="-",.*\} 1\n/);
  assert.match(text, /response_code="0",response_flags="DC",.*\} 1\n/);
});

test('a gRPC call says so, and has its status as Istio has it', () => {
  const registry = new Registry();
  const { grpc } = createTrafficMetrics(registry).requests(HTTP);
  grpc.record(200, '-', 1, 0, 0, 0);
  grpc.record(200, '-', 1, 0, 0, 14);
  grpc.record(200, '-', 1, 0, 0, 14);
  const text = written(registry, 'istio_requests_total');
  assert.match(
    text,
    /protocol="grpc",response_code="200",grpc_response_status="0",response_flags="-",.*\} 1\n/,
  );
  assert.match(
    text,
    /protocol="grpc",response_code="200",grpc_response_status="14",response_flags="-",.*\} 2\n/,
  );
  assert.match(
    written(registry, 'istio_request_duration_milliseconds'),
    /protocol="grpc",.*grpc_response_status="14",.*le="1"\} 2\n/,
  );
});

test('no two outcomes share a series', () => {
  const registry = new Registry({ maxSeries: 1_000_000 });
  const { grpc } = createTrafficMetrics(registry).requests(HTTP);
  const flags = Object.keys(RESPONSE_FLAGS) as ResponseFlag[];
  const statuses = [0, 200, 503, 999];
  for (const flag of flags)
    for (const status of statuses)
      for (let code = 0; code <= 16; code++) grpc.record(status, flag, 1, 0, 0, code);
  const samples = written(registry, 'istio_requests_total').split('\n').slice(2, -1);
  assert.equal(samples.length, flags.length * statuses.length * 17);
  assert.ok(samples.every((sample) => sample.endsWith(' 1')));
});

test('gRPC messages are counted while nobody knows how the call will end', () => {
  const registry = new Registry();
  const { grpc } = createTrafficMetrics(registry).requests(HTTP);
  grpc.messages(1, 0);
  grpc.messages(2, 30);
  const text = written(registry, 'istio_request_messages_total', 'istio_response_messages_total');
  assert.match(text, /istio_request_messages_total\{reporter=.*request_protocol="grpc",connection_.*\} 3\n/);
  assert.match(text, /istio_response_messages_total\{.*\} 30\n/);
  assert.doesNotMatch(text, /response_code|response_flags/);
});

test('a stream is seen while it is open, and its times when they are known', () => {
  const registry = new Registry();
  const requests = createTrafficMetrics(registry).requests(HTTP);
  const websocket = requests.streams('websocket');
  assert.equal(requests.grpc.streams('grpc'), requests.streams('grpc'));
  websocket.opened();
  websocket.opened();
  websocket.answered(12);
  websocket.bytes(5, 700);
  websocket.messages(1, 20);
  const show = () => render(registry, 'prometheus');
  assert.match(show(), /weft_http_streams_active\{.*request_protocol="http",kind="websocket",.*\} 2\n/);
  assert.match(show(), /weft_http_stream_received_bytes_total\{.*\} 5\n/);
  assert.match(show(), /weft_http_stream_sent_bytes_total\{.*\} 700\n/);
  assert.match(show(), /weft_http_stream_received_messages_total\{.*\} 1\n/);
  assert.match(show(), /weft_http_stream_sent_messages_total\{.*\} 20\n/);
  assert.match(show(), /weft_http_stream_first_byte_milliseconds_count\{.*\} 1\n/);
  assert.match(show(), /weft_http_stream_duration_milliseconds_count\{.*\} 0\n/);
  websocket.closed(3_600_000);
  assert.match(show(), /weft_http_streams_active\{.*\} 1\n/);
  assert.match(show(), /weft_http_stream_duration_milliseconds_sum\{.*\} 3600000\n/);
});

test('equal labels give the same object', () => {
  const metrics = createTrafficMetrics(new Registry());
  assert.equal(metrics.requests(HTTP), metrics.requests(structuredClone(HTTP)));
  assert.equal(metrics.connections(STRANGER), metrics.connections({ ...STRANGER }));
  assert.notEqual(metrics.requests(HTTP), metrics.requests({ ...HTTP, security: 'none' }));
});

test('a peer that is not known is reported as unknown, its canonical revision as latest', () => {
  const registry = new Registry();
  createTrafficMetrics(registry).connections(STRANGER).opened();
  const text = written(registry, 'istio_tcp_connections_opened_total');
  assert.match(
    text,
    /source_workload="unknown".*source_canonical_revision="latest".*source_cluster="unknown"/,
  );
  assert.match(text, /destination_service="unknown",destination_service_name="unknown"/);
});

test('names of the mesh come from the options', () => {
  const registry = new Registry();
  const metrics = createTrafficMetrics(registry, { cluster: 'west', clusterDomain: 'mesh.example' });
  metrics.requests(HTTP).record(200, '-', 1, 1, 1);
  assert.match(
    written(registry, 'istio_requests_total'),
    /source_cluster="west".*destination_service="reviews.bookshop.svc.mesh.example"/,
  );
});

test('what the client sent was received and what it got was sent, as Istio counts', () => {
  const registry = new Registry();
  const connection = createTrafficMetrics(registry).connections(STRANGER);
  connection.opened();
  connection.bytes(10, 1000);
  connection.bytes(1, 0);
  connection.closed('UF');
  const text = written(
    registry,
    'istio_tcp_sent_bytes_total',
    'istio_tcp_received_bytes_total',
    'istio_tcp_connections_closed_total',
  );
  assert.match(text, /istio_tcp_received_bytes_total\{.*response_flags="-".*\} 11\n/);
  assert.match(text, /istio_tcp_sent_bytes_total\{.*\} 1000\n/);
  assert.match(text, /istio_tcp_connections_closed_total\{.*response_flags="UF".*\} 1\n/);
});

test('series that are idle are taken out at a scrape, and come back when they are used', () => {
  const registry = new Registry();
  let time = 1_000_000;
  const metrics = createTrafficMetrics(registry, { idleMs: 60_000, now: () => time });
  const requests = metrics.requests(HTTP);
  const connections = metrics.connections(STRANGER);
  const open = metrics.connections({ ...STRANGER, security: 'mutual_tls' });
  requests.record(200, '-', 1, 1, 1);
  connections.opened();
  connections.closed('-');
  open.opened();
  const scrape = () => {
    const text = render(registry, 'prometheus');
    return {
      requests: /istio_requests_total\{.*\} (\d+)/.exec(text)?.[1],
      duration: text.includes('istio_request_duration_milliseconds_bucket'),
      connections: /opened_total\{.*policy="none"\} (\d+)/.exec(text)?.[1],
      open: /opened_total\{.*policy="mutual_tls"\} (\d+)/.exec(text)?.[1],
    };
  };
  const all = { requests: '1', duration: true, connections: '1', open: '1' };
  assert.deepEqual(scrape(), all);
  time += 60_000;
  assert.deepEqual(scrape(), all);
  time += 1;
  assert.deepEqual(scrape(), { requests: undefined, duration: false, connections: undefined, open: '1' });
  requests.record(200, '-', 1, 1, 1);
  connections.opened();
  assert.deepEqual(scrape(), all);
});

test('series of messages and streams are taken out when idle, but not while a stream is open', () => {
  const registry = new Registry();
  let time = 1_000_000;
  const metrics = createTrafficMetrics(registry, { idleMs: 60_000, now: () => time }).requests(HTTP);
  metrics.grpc.messages(1, 1);
  metrics.streams('tunnel').opened();
  const scrape = () => {
    const text = render(registry, 'prometheus');
    return [text.includes('istio_request_messages_total{'), text.includes('weft_http_streams_active{')];
  };
  assert.deepEqual(scrape(), [true, true]);
  time += 60_001;
  assert.deepEqual(scrape(), [false, true]);
  metrics.streams('tunnel').closed(1);
  metrics.grpc.messages(1, 1);
  assert.deepEqual(scrape(), [true, true]);
  time += 60_001;
  assert.deepEqual(scrape(), [false, false]);
  metrics.streams('tunnel').opened();
  assert.deepEqual(scrape(), [false, true]);
});
