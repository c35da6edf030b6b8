// Connections that are not HTTP, and ports that do not say what they are.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { call, deadPort, exchangeText, startOrigin, startTcpOrigin } from './http.ts';
import { clusterLists, inboundConfig, startSidecar } from './sidecar.ts';

/** Two sidecars: the client's with listener `out`, the server's with listener `in`; ports of this protocol. */
async function startPair(protocol: string, appPort: number) {
  const server = await startSidecar(inboundConfig(appPort, { protocol }));
  const client = await startSidecar({
    listeners: [{ name: 'out', port: 0, outbound: 'shop/app:80' }],
    outbounds: [
      {
        name: 'shop/app:80',
        protocol,
        rules: [{ backends: [{ cluster: 'app' }] }],
        tcpRules: [{ backends: [{ cluster: 'app' }] }],
      },
    ],
    ...clusterLists({ app: server.port('in') }),
  });
  return {
    client,
    server,
    port: client.port('out'),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const echo = (socket: Socket): void => void socket.pipe(socket);
const greet = (socket: Socket): void => {
  socket.write('220 ready\r\n');
  socket.once('data', (line) => socket.end(`250 ${line}`));
};

async function greeting(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const [hello] = (await once(socket, 'data')) as [Buffer];
  socket.end('HELO');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  await once(socket, 'close');
  return `${hello}${answer}`;
}

for (const protocol of ['tcp', 'detect']) {
  test(`${protocol}: bytes pass both ways, and each end learns that the other has finished`, async () => {
    await using app = await startTcpOrigin(echo);
    await using pair = await startPair(protocol, app.port);
    const text = 'x'.repeat(300_000);
    assert.equal(await exchangeText(pair.port, text), text);
    const line = await pair.client.nextLine();
    assert.equal(line.protocol, 'TCP');
    assert.equal(line.bytes_received, text.length);
    assert.equal(line.bytes_sent, text.length);
    const opened = 'istio_tcp_connections_opened_total';
    assert.equal(pair.client.metric(opened, { reporter: 'source' }), 1);
    await pair.server.nextLine();
    assert.equal(pair.server.metric(opened, { reporter: 'destination' }), 1);
    assert.equal(pair.server.metric('istio_tcp_connections_closed_total', { response_flags: '-' }), 1);
  });

  test(`${protocol}: a server that speaks first is heard without a word of the client`, async () => {
    await using app = await startTcpOrigin(greet);
    await using pair = await startPair(protocol, app.port);
    assert.equal(await greeting(pair.port), '220 ready\r\n250 HELO');
    const [line] = pair.server.accessLog;
    assert.equal(line?.response_flags, '-');
  });

  test(`${protocol}: a client that only listens and has finished sending gets all that the server says`, async () => {
    await using app = await startTcpOrigin((socket) => socket.end('12:00\r\n'));
    await using pair = await startPair(protocol, app.port);
    assert.equal(await exchangeText(pair.port, ''), '12:00\r\n');
  });
}

test('detect: HTTP is told from its first bytes, and routed and logged as such', async () => {
  await using app = await startOrigin('app');
  await using pair = await startPair('detect', app.port);
  const { status } = await call(pair.port, { path: '/x' });
  assert.equal(status, 200);
  for (const sidecar of [pair.client, pair.server]) {
    assert.equal(sidecar.accessLog[0]?.protocol, 'HTTP/1.1');
    assert.equal(sidecar.metric('istio_requests_total', { response_code: '200' }), 1);
  }
});

test('detect: an HTTP client that takes its time is HTTP all the same', async () => {
  await using app = await startOrigin('app');
  await using pair = await startPair('detect', app.port);
  const socket = connect(pair.port, '127.0.0.1');
  await once(socket, 'connect');
  // Until both sidecars and the application wait for it.
  await once(app.server, 'connection');
  socket.write('GET /x HT');
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.end('TP/1.1\r\nHost: a\r\n\r\n');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk));
  await once(socket, 'end');
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.equal(pair.client.accessLog[0]?.path, '/x');
  assert.equal(pair.server.accessLog[0]?.path, '/x');
});

test('detect: a few bytes that might have become HTTP reach the server when the client ends there', async () => {
  await using app = await startTcpOrigin(echo);
  await using pair = await startPair('detect', app.port);
  assert.equal(await exchangeText(pair.port, 'PO'), 'PO');
});

test('a server that can not be reached: the client is reset, and told why in the log', async () => {
  const dead = await deadPort();
  await using client = await startSidecar({
    listeners: [{ name: 'out', port: 0, outbound: 'shop/app:80' }],
    outbounds: [{ name: 'shop/app:80', protocol: 'tcp', tcpRules: [{ backends: [{ cluster: 'app' }] }] }],
    ...clusterLists({ app: dead }),
  });
  await assert.rejects(exchangeText(client.port('out'), 'x'), { code: 'ECONNRESET' });
  const line = await client.nextLine();
  assert.equal(line.response_flags, 'UF');
  assert.equal(line.response_code_details, 'upstream_connection_failure{connection_refused}');
  assert.equal(client.metric('istio_tcp_connections_closed_total', { response_flags: 'UF' }), 1);
});

test('bytes for which there is no backend, or an invalid one, are refused with flag and details', async () => {
  const cases = [
    [{ tcpRules: [] }, 'NR', 'route_not_found'],
    [
      { tcpRules: [{ backends: [{ cluster: 'x', invalid: 'no Service x' }] }] },
      'IC',
      'invalid_configuration{no Service x}',
    ],
    [{ invalid: 'bad' }, 'IC', 'invalid_configuration{bad}'],
  ] as const;
  for (const [outbound, flag, details] of cases) {
    await using client = await startSidecar({
      listeners: [{ name: 'out', port: 0, outbound: 'shop/app:80' }],
      outbounds: [{ name: 'shop/app:80', protocol: 'tcp', ...outbound }],
    });
    await assert.rejects(exchangeText(client.port('out'), 'x'), { code: 'ECONNRESET' });
    const line = await client.nextLine();
    assert.equal(line.response_flags, flag);
    assert.equal(line.response_code_details, details);
    assert.equal(client.metric('istio_tcp_connections_closed_total', { response_flags: flag }), 1);
  }
});

test('a port probe leaves nothing behind, on any kind of port', async () => {
  await using app = await startOrigin('app');
  for (const protocol of ['http', 'tcp', 'detect']) {
    for (const mode of ['STRICT', 'PERMISSIVE']) {
      await using sidecar = await startSidecar(inboundConfig(app.port, { protocol, mtls: { mode } }));
      const probe = connect({ host: '127.0.0.1', port: sidecar.port('in'), allowHalfOpen: true });
      await once(probe, 'connect');
      probe.end();
      probe.resume();
      await once(probe, 'close');
      const { response_flags: flag } = sidecar.accessLog[0] ?? { response_flags: '-' };
      assert.equal(flag, '-', `${protocol} ${mode}`);
      const refused = sidecar.metric('weft_inbound_connections_refused_total');
      assert.equal(refused, protocol === 'tcp' || mode === 'PERMISSIVE' ? refused : 0, `${protocol} ${mode}`);
    }
  }
});

test('STRICT closes plain text on a port that is not HTTP without asking the application', async () => {
  await using app = await startTcpOrigin(greet);
  await using sidecar = await startSidecar(
    inboundConfig(app.port, { protocol: 'tcp', mtls: { mode: 'STRICT' } }),
  );
  const port = sidecar.port('in');
  assert.equal(await exchangeText(port, 'x', { isEnded: false }).catch(() => ''), '');
  assert.equal(app.connections, 0);
  assert.equal(sidecar.metric('weft_inbound_connections_refused_total', { reason: 'plain_text' }), 1);
});
