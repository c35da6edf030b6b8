import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessLog } from './access-log.ts';
import type { AccessLogEntry } from './traffic.ts';

const FULL: AccessLogEntry = {
  startTime: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  direction: 'outbound',
  protocol: 'HTTP/1.1',
  method: 'GET',
  path: '/products/1?full=1',
  authority: 'catalog:80',
  status: 503,
  flag: 'UH',
  details: 'no_healthy_upstream',
  bytesReceived: 12,
  bytesSent: 345,
  durationMs: 1.23456,
  upstreamMs: 0.5,
  requestId: 'b1d4',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  userAgent: 'curl/8.5.0',
  downstreamAddress: '127.0.0.1:40000',
  downstreamPrincipal: 'spiffe://cluster.local/ns/bookshop/sa/storefront',
  upstreamAddress: '127.0.0.1:50000',
  upstreamCluster: 'bookshop/catalog:80',
  upstreamPrincipal: 'spiffe://cluster.local/ns/bookshop/sa/catalog',
  route: 'HTTPRoute/bookshop/catalog[0]',
};

const BARE: AccessLogEntry = {
  startTime: 0,
  direction: 'inbound',
  protocol: 'TCP',
  status: 0,
  flag: '-',
  details: '',
  bytesReceived: 0,
  bytesSent: 0,
  durationMs: 0,
  downstreamAddress: '127.0.0.1:1',
};

function line(format: 'json' | 'text', entry: AccessLogEntry): string {
  const lines: string[] = [];
  createAccessLog({ mode: 'all', format }, { write: (text) => lines.push(text) }).write(entry);
  return lines.join('');
}

test('a JSON line has the names of fields that Envoy has', () => {
  assert.deepEqual(JSON.parse(line('json', FULL)), {
    start_time: '2026-01-02T03:04:05.678Z',
    direction: 'outbound',
    method: 'GET',
    path: '/products/1?full=1',
    protocol: 'HTTP/1.1',
    response_code: 503,
    response_flags: 'UH',
    response_code_details: 'no_healthy_upstream',
    bytes_received: 12,
    bytes_sent: 345,
    duration: 1.235,
    upstream_service_time: 0.5,
    user_agent: 'curl/8.5.0',
    request_id: 'b1d4',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    authority: 'catalog:80',
    upstream_host: '127.0.0.1:50000',
    upstream_cluster: 'bookshop/catalog:80',
    upstream_principal: 'spiffe://cluster.local/ns/bookshop/sa/catalog',
    downstream_remote_address: '127.0.0.1:40000',
    downstream_principal: 'spiffe://cluster.local/ns/bookshop/sa/storefront',
    route_name: 'HTTPRoute/bookshop/catalog[0]',
  });
});

test('a JSON line leaves out what is not known', () => {
  assert.equal(
    line('json', BARE),
    '{"start_time":"1970-01-01T00:00:00.000Z","direction":"inbound","protocol":"TCP","response_code":0,' +
      '"response_flags":"-","response_code_details":"","bytes_received":0,"bytes_sent":0,"duration":0,' +
      '"downstream_remote_address":"127.0.0.1:1"}\n',
  );
});

test('a text line begins as the default format of Envoy and goes on with what that lacks', () => {
  assert.equal(
    line('text', FULL),
    '[2026-01-02T03:04:05.678Z] "GET /products/1?full=1 HTTP/1.1" 503 UH 12 345 1 1 "-" "curl/8.5.0" "b1d4" ' +
      '"catalog:80" "127.0.0.1:50000" no_healthy_upstream bookshop/catalog:80 127.0.0.1:40000 ' +
      'HTTPRoute/bookshop/catalog[0] 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 -\n',
  );
  assert.equal(
    line('text', BARE),
    '[1970-01-01T00:00:00.000Z] "- - TCP" 0 - 0 0 0 - "-" "-" "-" "-" "-" - - 127.0.0.1:1 - - -\n',
  );
});

const CALL: AccessLogEntry = {
  ...BARE,
  protocol: 'HTTP/2',
  status: 200,
  grpc: { status: 14, message: 'no "books"\n' },
  messages: { request: 1, response: 20 },
};

test('a gRPC call has its status as name and number, its message, and the messages each way', () => {
  const { grpc_status, grpc_status_number, grpc_message, request_message_count, response_message_count } =
    JSON.parse(line('json', CALL));
  assert.deepEqual([grpc_status, grpc_status_number, grpc_message], ['Unavailable', 14, 'no "books"\n']);
  assert.deepEqual([request_message_count, response_message_count], [1, 20]);
  assert.ok(line('text', CALL).endsWith(' - - Unavailable\n'));
});

test('nothing that a client sends can end a line, a quote or a column, or reach a terminal', () => {
  const hostile: AccessLogEntry = {
    ...FULL,
    path: '/a"\n{"response_code":200}\u001b[2J\u009b\\',
    userAgent: 'x" 200 "y\r',
    upstreamCluster: 'a b\u2028c',
  };
  const json = line('json', hostile);
  assert.equal(json.indexOf('\n'), json.length - 1);
  assert.equal(JSON.parse(json).path, hostile.path);
  assert.doesNotMatch(json.slice(0, -1), /[\u0000-\u001f\u007f-\u009f]/);
  const text = line('text', hostile);
  assert.equal(text.indexOf('\n'), text.length - 1);
  assert.doesNotMatch(text.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028]/);
  assert.ok(text.includes('"x\\" 200 \\"y\\u000d"'));
  assert.ok(text.includes(' a_b_c '));
});

function wants(mode: 'none' | 'errors' | 'all'): boolean[] {
  const log = createAccessLog({ mode, format: 'json' }, { write: () => {} });
  return [
    log.wants(200, '-'),
    log.wants(404, '-'),
    log.wants(404, 'NR'),
    log.wants(500, '-'),
    log.wants(0, 'DC'),
    log.wants(0, '-'),
  ];
}

test('the mode decides which requests are logged', () => {
  assert.deepEqual(wants('none'), [false, false, false, false, false, false]);
  assert.deepEqual(wants('errors'), [false, false, true, true, true, false]);
  assert.deepEqual(wants('all'), [true, true, true, true, true, true]);
});
