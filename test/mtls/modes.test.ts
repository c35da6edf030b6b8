// The modes of mutual TLS on a port, and what passes through untouched.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { createServer } from 'node:tls';
import { call, exchangeText, listen, received, startOrigin, startTcpOrigin } from '../proxy/http.ts';
import { inboundConfig, startSidecar } from '../proxy/sidecar.ts';
import { filesOf, TestCertificates } from './certificates.ts';
import { type Pair, type PairOptions, startPair } from './pair.ts';

const REFUSED = 'weft_inbound_connections_refused_total';

/** A pair of this mode, with certificates. */
async function pairOf(
  certificates: TestCertificates,
  appPort: number,
  mode: string,
  more: Partial<PairOptions> = {},
): Promise<Pair> {
  const [client, server] = [await certificates.issue('web'), await certificates.issue('app')];
  const mtls = { mode, ref: 'AuthenticationPolicy/shop/mode' };
  return startPair({ client, server, appPort, inbound: { mtls }, ...more });
}

test('PERMISSIVE takes mutual TLS and plain text, and knows which is which', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  await using pair = await pairOf(certificates, app.port, 'PERMISSIVE');
  assert.match(String((await received(pair.port)).headers['x-forwarded-client-cert']), /sa\/web$/);
  assert.equal((await received(pair.server.port('in'))).headers['x-forwarded-client-cert'], undefined);
  for (const connection_security_policy of ['mutual_tls', 'none'])
    assert.equal(pair.server.metric('istio_requests_total', { connection_security_policy }), 1);
});

test('STRICT takes mutual TLS and refuses plain text: with a reason where it is HTTP', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  await using pair = await pairOf(certificates, app.port, 'STRICT');
  assert.equal((await call(pair.port)).status, 200);
  const plain = await call(pair.server.port('in'));
  assert.equal(plain.status, 403);
  assert.equal(plain.headers['x-weft-response-flags'], 'UAEX');
  const line = pair.server.accessLog.at(-1);
  assert.equal(line?.response_code_details, 'mtls_required[AuthenticationPolicy/shop/mode]');
  assert.equal(pair.server.metric(REFUSED, { reason: 'plain_text' }), 1);
  const told = pair.server.log.find(({ reason }) => reason === 'plain_text');
  assert.equal(told?.policy, 'AuthenticationPolicy/shop/mode');
  assert.equal(app.received.length, 1);
});

test('DISABLE takes plain text and refuses mutual TLS', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  await using pair = await pairOf(certificates, app.port, 'DISABLE');
  assert.equal((await call(pair.server.port('in'))).status, 200);
  const answer = await call(pair.port);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers['x-weft-response-flags'], 'UF');
  assert.ok(pair.server.metric(REFUSED, { reason: 'mtls_disabled' }) > 0);
});

test("the application's own TLS passes through a TCP port untouched, in plain PERMISSIVE", async () => {
  await using certificates = await TestCertificates.create();
  // A certificate of its own, that the mesh knows nothing of.
  const own = await (await certificates.otherAuthority()).issueServing({
    dnsNames: ['app.example'],
    ipAddresses: [],
  });
  const app = createServer(
    { key: own.privateKey, cert: own.chain, ALPNProtocols: ['http/1.1'] },
    (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
    },
  );
  const appPort = await listen(app);
  try {
    for (const protocol of ['tcp', 'tls', 'detect', 'http']) {
      const server = await certificates.issue('app');
      await using sidecar = await startSidecar(
        inboundConfig(appPort, { protocol }, { identity: filesOf(server) }),
      );
      const outgoing = request({
        host: '127.0.0.1',
        port: sidecar.port('in'),
        rejectUnauthorized: false,
        servername: 'app.example',
        agent: false,
      });
      outgoing.end();
      const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
      const { socket } = response;
      const { raw } = (socket as import('node:tls').TLSSocket).getPeerCertificate();
      response.resume();
      await once(response, 'end');
      assert.equal(response.statusCode, 200, protocol);
      assert.ok(own.chain.replaceAll(/\s/g, '').includes(raw.toString('base64')), protocol);
    }
  } finally {
    app.close();
  }
});

const greet = (socket: Socket): void => {
  socket.write('220 ready\r\n');
  socket.once('data', (line) => socket.end(`250 ${line}`));
};

for (const protocol of ['tcp', 'detect']) {
  test(`${protocol}: bytes pass both ways over mutual TLS, and the ends are told`, async () => {
    await using certificates = await TestCertificates.create();
    await using app = await startTcpOrigin((socket) => socket.pipe(socket));
    await using pair = await pairOf(certificates, app.port, 'STRICT', { protocol });
    const text = 'x'.repeat(300_000);
    assert.equal(await exchangeText(pair.port, text), text);
    const line = await pair.server.nextLine();
    assert.equal(line.bytes_received, text.length);
    assert.match(String(line.downstream_principal), /sa\/web$/);
    const opened = 'istio_tcp_connections_opened_total';
    const secured = { connection_security_policy: 'mutual_tls' };
    assert.equal(pair.server.metric(opened, { ...secured, reporter: 'destination' }), 1);
    await pair.client.nextLine();
    assert.equal(pair.client.metric(opened, { ...secured, reporter: 'source' }), 1);
  });

  test(`${protocol}: a server that speaks first is heard through two sidecars`, async () => {
    await using certificates = await TestCertificates.create();
    await using app = await startTcpOrigin(greet);
    for (const mode of ['STRICT', 'PERMISSIVE']) {
      await using pair = await pairOf(certificates, app.port, mode, { protocol });
      const socket = connect(pair.port, '127.0.0.1');
      const [hello] = (await once(socket, 'data')) as [Buffer];
      socket.end('HELO');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      await once(socket, 'close');
      assert.equal(`${hello}${answer}`, '220 ready\r\n250 HELO');
    }
  });
}

test('detect: HTTP passes as HTTP through two sidecars', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  await using pair = await pairOf(certificates, app.port, 'STRICT', { protocol: 'detect' });
  assert.match(String((await received(pair.port)).headers['x-forwarded-client-cert']), /sa\/web$/);
});

test('a reset on one side of two sidecars is a reset on the other', async () => {
  await using certificates = await TestCertificates.create();
  const accepted = Promise.withResolvers<Socket>();
  await using app = await startTcpOrigin((socket) => {
    socket.on('data', () => {});
    accepted.resolve(socket);
  });
  await using pair = await pairOf(certificates, app.port, 'STRICT', { protocol: 'tcp' });
  const client = connect(pair.port, '127.0.0.1');
  client.write('x');
  const socket = await accepted.promise;
  client.resetAndDestroy();
  await assert.rejects(once(socket, 'close'), { code: 'ECONNRESET' });
});
