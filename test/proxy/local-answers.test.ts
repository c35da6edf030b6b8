// What the proxy answers itself says why, everywhere: the same flag and details in the answer, the log and the metric.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type Answer, call, deadPort, exchangeText, startOrigin, startTcpOrigin } from './http.ts';
import { inboundConfig, outboundConfig, type Sidecar, startSidecar } from './sidecar.ts';

interface Expected {
  readonly status: number;
  readonly flag: string;
  readonly details: RegExp;
  readonly body: RegExp;
}

/** Holds one answer, its line in the log and its series against what is expected. */
function assertTold(sidecar: Sidecar, answer: Answer, { status, flag, details, body }: Expected): void {
  assert.equal(answer.status, status);
  assert.equal(answer.headers['x-weft-response-flags'], flag);
  assert.match(answer.body, body);
  assert.match(answer.body, /^[^\n]+\n$/, 'one line');
  const line = sidecar.accessLog.at(-1);
  assert.equal(line?.response_code, status);
  assert.equal(line?.response_flags, flag);
  assert.match(String(line?.response_code_details), details);
  const labels = { response_code: String(status), response_flags: flag };
  assert.ok(sidecar.metric('istio_requests_total', labels) > 0, `no series ${JSON.stringify(labels)}`);
}

const RULE = { backends: [{ cluster: 'app' }] };

test('404 NR: no route matches', async () => {
  const rules = [{ ...RULE, matches: [{ path: { kind: 'exact', value: '/only' } }] }];
  await using sidecar = await startSidecar(outboundConfig(rules, { app: 1 }));
  const answer = await call(sidecar.port('out'), { path: '/other' });
  assertTold(sidecar, answer, {
    status: 404,
    flag: 'NR',
    details: /^route_not_found$/,
    body: /^weft: NR no route of shop\/app:80 matches GET \/other$/m,
  });
});

test('403 UAEX: a policy denies, and the answer does not name it', async () => {
  const authorization = [{ ref: 'AuthorizationPolicy/shop/nobody', action: 'ALLOW' }];
  await using sidecar = await startSidecar(inboundConfig(1, { authorization }));
  const answer = await call(sidecar.port('in'), { method: 'POST', body: 'x' });
  assertTold(sidecar, answer, {
    status: 403,
    flag: 'UAEX',
    details: /^rbac_access_denied\[AuthorizationPolicy\/shop\/nobody\]$/,
    body: /^weft: UAEX denied by an authorization policy$/m,
  });
});

test('403 UAEX: a policy that can not be read denies', async () => {
  const authorization = [{ ref: 'AuthorizationPolicy/shop/bad', action: 'DENY', invalid: 'no such field' }];
  await using sidecar = await startSidecar(inboundConfig(1, { authorization }));
  assertTold(sidecar, await call(sidecar.port('in')), {
    status: 403,
    flag: 'UAEX',
    details: /^rbac_access_denied\[AuthorizationPolicy\/shop\/bad\]$/,
    body: /^weft: UAEX /,
  });
});

test('403 UAEX: plain text where mutual TLS is demanded', async () => {
  const mtls = { mode: 'STRICT', ref: 'AuthenticationPolicy/shop/strict' };
  await using sidecar = await startSidecar(inboundConfig(1, { mtls }));
  assertTold(sidecar, await call(sidecar.port('in')), {
    status: 403,
    flag: 'UAEX',
    details: /^mtls_required\[AuthenticationPolicy\/shop\/strict\]$/,
    body: /^weft: UAEX this workload takes mutual TLS only$/m,
  });
  assert.equal(sidecar.metric('weft_inbound_connections_refused_total', { reason: 'plain_text' }), 1);
});

test('500 IC: the configuration is invalid', async () => {
  await using sidecar = await startSidecar(outboundConfig([{ ...RULE, invalid: 'bad rule' }], { app: 1 }));
  assertTold(sidecar, await call(sidecar.port('out')), {
    status: 500,
    flag: 'IC',
    details: /^invalid_configuration\{bad rule\}$/,
    body: /^weft: IC bad rule$/m,
  });
});

test('503 UH: the cluster has no endpoint', async () => {
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: [] }));
  assertTold(sidecar, await call(sidecar.port('out')), {
    status: 503,
    flag: 'UH',
    details: /^no_healthy_upstream$/,
    body: /^weft: UH no endpoint of app can take the request$/m,
  });
});

test('503 UF: no endpoint can be connected to', async () => {
  const dead = await deadPort();
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: dead }));
  assertTold(sidecar, await call(sidecar.port('out')), {
    status: 503,
    flag: 'UF',
    details: /^upstream_reset_before_response_started\{connection_failure,connection_refused\}$/,
    body: new RegExp(`^weft: UF connecting to 127.0.0.1:${dead} failed: connection_refused$`, 'm'),
  });
});

test('503 UC: the endpoint closes without an answer', async () => {
  await using rude = await startTcpOrigin((socket) => socket.once('data', () => socket.destroy()));
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: rude.port }));
  assertTold(sidecar, await call(sidecar.port('out'), { method: 'POST', body: 'x' }), {
    status: 503,
    flag: 'UC',
    details: /^upstream_reset_before_response_started\{connection_termination\}$/,
    body: /^weft: UC 127\.0\.0\.1:\d+ ended the request without an answer$/m,
  });
  assert.equal(rude.connections, 1, 'what was sent is not repeated');
});

test('503 NC: the cluster, or the whole destination, has been taken away', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: app.port }));
  const { store } = sidecar.running.proxy;
  store.apply({ type: 'Cluster', resources: [], removed: ['app'] });
  assertTold(sidecar, await call(sidecar.port('out')), {
    status: 503,
    flag: 'NC',
    details: /^cluster_not_found$/,
    body: /^weft: NC there is no cluster app$/m,
  });
  store.apply({ type: 'Outbound', resources: [], removed: ['shop/app:80'] });
  assertTold(sidecar, await call(sidecar.port('out')), {
    status: 503,
    flag: 'NC',
    details: /^outbound_not_found$/,
    body: /^weft: NC shop\/app:80 is not known to the mesh \(any more\)$/m,
  });
});

test('504 UT: the answer takes longer than the rule or an attempt may', async () => {
  await using slow = await startTcpOrigin((socket) => socket.resume());
  for (const [timeouts, details] of [
    [{ requestMs: 50 }, /^request_timeout$/],
    [{ backendRequestMs: 50 }, /^backend_request_timeout$/],
  ] as const) {
    await using sidecar = await startSidecar(outboundConfig([{ ...RULE, timeouts }], { app: slow.port }));
    assertTold(sidecar, await call(sidecar.port('out')), {
      status: 504,
      flag: 'UT',
      details,
      body: /^weft: UT no complete answer in time \((backend )?request timeout\)$/m,
    });
  }
});

test('504 SI: nothing moves for longer than the idle timeout', async () => {
  await using slow = await startTcpOrigin((socket) => socket.resume());
  const rules = [{ ...RULE, timeouts: { idleMs: 250 } }];
  await using sidecar = await startSidecar(outboundConfig(rules, { app: slow.port }));
  assertTold(sidecar, await call(sidecar.port('out')), {
    status: 504,
    flag: 'SI',
    details: /^stream_idle_timeout$/,
    body: /^weft: SI nothing was sent for longer than the idle timeout$/m,
  });
});

test('502 UPE: the endpoint does not speak HTTP', async () => {
  await using odd = await startTcpOrigin((socket) =>
    socket.once('data', () => socket.end('220 hello\r\n\r\n')),
  );
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: odd.port }));
  assertTold(sidecar, await call(sidecar.port('out')), {
    status: 502,
    flag: 'UPE',
    details: /^upstream_http1\./,
    body: /^weft: UPE /,
  });
});

test('400 DPE: a target or Host that can not be read', async () => {
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: 1 }));
  assertTold(sidecar, await call(sidecar.port('out'), { path: '/%zz' }), {
    status: 400,
    flag: 'DPE',
    details: /^path_normalisation\{invalid_escape\}$/,
    body: /^weft: DPE /,
  });
  assertTold(sidecar, await call(sidecar.port('out'), { headers: { host: 'user@host' } }), {
    status: 400,
    flag: 'DPE',
    details: /^invalid_host$/,
    body: /^weft: DPE the Host header is malformed$/m,
  });
});

test('400 DPE: bytes that are no HTTP are answered with their flag too', async () => {
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: 1 }));
  const text = await exchangeText(
    sidecar.port('out'),
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(text, /\r\nx-weft-response-flags: DPE\r\n/);
  assert.match(text, /\r\n\r\nweft: DPE [^\n]+\n$/);
  const line = sidecar.accessLog.at(-1);
  assert.equal(line?.response_code, 400);
  assert.equal(line?.response_flags, 'DPE');
  assert.equal(line?.response_code_details, 'http1.content_length_and_transfer_encoding');
  assert.equal(sidecar.metric('istio_requests_total', { response_flags: 'DPE', response_code: '400' }), 1);
});

test('DC: a client that leaves is told in the log and the metric', async () => {
  const arrived = Promise.withResolvers<() => void>();
  await using slow = await startOrigin('slow', (_incoming, response) =>
    arrived.resolve(() => response.end('late')),
  );
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: slow.port }));
  const client = connect(sidecar.port('out'), '127.0.0.1');
  client.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  await arrived.promise;
  client.resetAndDestroy();
  await once(client, 'close');
  const line = await sidecar.nextLine();
  assert.equal(line?.response_flags, 'DC');
  assert.equal(line?.response_code_details, 'downstream_remote_disconnect');
  assert.equal(sidecar.metric('istio_requests_total', { response_flags: 'DC' }), 1);
});

test('an answer of the endpoint has no flag, and its status is its own', async () => {
  await using app = await startOrigin('app', (_incoming, response) => response.writeHead(503).end('mine'));
  await using sidecar = await startSidecar(outboundConfig([RULE], { app: app.port }));
  const answer = await call(sidecar.port('out'));
  assert.equal(answer.status, 503);
  assert.equal(answer.body, 'mine');
  assert.equal(answer.headers['x-weft-response-flags'], undefined);
  const line = sidecar.accessLog.at(-1);
  assert.equal(line?.response_flags, '-');
  assert.equal(line?.response_code_details, 'via_upstream');
  assert.equal(sidecar.metric('istio_requests_total', { response_flags: '-', response_code: '503' }), 1);
});
