// Mutual TLS between two sidecars: who is let in, and who is not, judged on both sides of real handshakes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type ConnectionOptions, connect, createServer } from 'node:tls';
import { call, listen, received, startOrigin } from '../proxy/http.ts';
import { inboundConfig, type Sidecar, startSidecar } from '../proxy/sidecar.ts';
import { filesOf, HOUR_MS, type IssueOptions, type Leaf, TestCertificates } from './certificates.ts';
import { clientConfig, startPair } from './pair.ts';

const REFUSED = 'weft_inbound_connections_refused_total';

test('a request passes with both identities known, logged and counted', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  const [client, server] = [await certificates.issue('web'), await certificates.issue('app')];
  await using pair = await startPair({ client, server, appPort: app.port });
  const got = await received(pair.port, {
    headers: { 'x-forwarded-client-cert': 'URI=spiffe://mesh.test/ns/shop/sa/admin', 'x-envoy-x': '1' },
  });
  assert.equal(got.headers['x-forwarded-client-cert'], `By=${server.uri};URI=${client.uri}`);
  assert.equal(got.headers['x-envoy-x'], undefined);
  const [out, into] = [pair.client.accessLog[0], pair.server.accessLog[0]];
  assert.equal(out?.upstream_principal, server.uri);
  assert.equal(into?.downstream_principal, client.uri);
  assert.equal(out?.request_id, into?.request_id);
  const secured = { connection_security_policy: 'mutual_tls', response_code: '200' };
  assert.equal(
    pair.client.metric('istio_requests_total', {
      ...secured,
      reporter: 'source',
      destination_principal: server.uri,
    }),
    1,
  );
  const source = { source_principal: client.uri, source_workload: 'web', source_version: 'v1' };
  assert.equal(
    pair.server.metric('istio_requests_total', { ...secured, reporter: 'destination', ...source }),
    1,
  );
});

test('a connection is used again, and the peer stays who it is', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  const [client, server] = [await certificates.issue('web'), await certificates.issue('app')];
  await using pair = await startPair({ client, server, appPort: app.port });
  for (let i = 0; i < 10; i++) {
    const { headers } = await received(pair.port);
    assert.equal(headers['x-forwarded-client-cert'], `By=${server.uri};URI=${client.uri}`);
  }
  const peers = new Set(pair.server.accessLog.map((line) => line.downstream_remote_address));
  assert.equal(peers.size, 1);
});

// --- the client's side judges the server --------------------------------------------------------------------

/** What a client's sidecar answers where the server is of this kind. */
async function callServer(
  certificates: TestCertificates,
  options: IssueOptions,
  expected?: string,
): Promise<{ readonly client: Sidecar; readonly details: string; readonly server: Leaf }> {
  await using app = await startOrigin('app');
  const client = await certificates.issue('web');
  const server = await certificates.issue('app', options);
  const demanded = expected === undefined ? {} : { expected };
  await using pair = await startPair({ client, server, appPort: app.port, ...demanded });
  const answer = await call(pair.port);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers['x-weft-response-flags'], 'UF');
  assert.match(answer.body, /^weft: UF connecting to 127\.0\.0\.1:\d+ failed: tls_error: [^\n]+\n$/);
  assert.equal(app.received.length, 0);
  const [line] = pair.client.accessLog;
  assert.equal(line?.response_flags, 'UF');
  assert.equal(pair.client.metric('istio_requests_total', { response_flags: 'UF' }), 1);
  return { client: pair.client, details: String(line?.response_code_details), server };
}

test('a server signed by another root is refused', async () => {
  await using certificates = await TestCertificates.create();
  const authority = await certificates.otherAuthority();
  const { details } = await callServer(certificates, { authority });
  assert.match(details, /connection_failure,tls_error: no root of ours signed the peer's certificate/);
});

test('a server whose certificate has expired is refused', async () => {
  await using certificates = await TestCertificates.create();
  const { details } = await callServer(certificates, { agoMs: 2 * HOUR_MS });
  assert.match(details, /tls_error: the peer's certificate is not valid now \(CERT_HAS_EXPIRED\)/);
});

test('a server of another trust domain is refused, even where its root is known', async () => {
  await using certificates = await TestCertificates.create();
  const authority = await certificates.otherAuthority('other.test');
  await using app = await startOrigin('app');
  const client = await certificates.issue('web', { trusts: [certificates.authority, authority] });
  const server = await certificates.issue('app', { authority, trusts: [certificates.authority, authority] });
  // Also where the configuration is wrong and names it.
  for (const expected of ['spiffe://mesh.test/ns/shop/sa/app', server.uri]) {
    await using pair = await startPair({ client, server, appPort: app.port, expected });
    assert.equal((await call(pair.port)).status, 503);
    assert.match(String(pair.client.accessLog[0]?.response_code_details), /tls_error: .*other\.test/);
  }
  assert.equal(app.received.length, 0);
});

test('a server that is another workload than expected is refused, and both names are told', async () => {
  await using certificates = await TestCertificates.create();
  const { details } = await callServer(certificates, {}, 'spiffe://mesh.test/ns/shop/sa/bank');
  assert.match(details, /the server is spiffe:\/\/mesh\.test\/ns\/shop\/sa\/app, expected .*\/sa\/bank/);
});

test('a server that does not speak TLS, or not that of the mesh, is refused', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  const web = await certificates.issue('web');
  const own = await certificates.issue('app');
  const https = createServer({ key: own.key, cert: own.chain, ALPNProtocols: ['http/1.1'] }, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\n\r\n'),
  );
  https.on('tlsClientError', () => {});
  const old = createServer({ key: own.key, cert: own.chain, maxVersion: 'TLSv1.2' });
  old.on('tlsClientError', () => {});
  try {
    for (const port of [app.port, await listen(https), await listen(old)]) {
      await using client = await startSidecar({ ...clientConfig(port, own.uri), identity: filesOf(web) });
      const answer = await call(client.port('out'));
      assert.equal(answer.status, 503);
      assert.match(String(client.accessLog[0]?.response_code_details), /connection_failure,tls_error: /);
    }
  } finally {
    https.close();
    old.close();
  }
  assert.equal(app.received.length, 0);
});

test('a proxy without a certificate can not reach an endpoint that demands mutual TLS', async () => {
  await using client = await startSidecar(clientConfig(1, 'spiffe://mesh.test/ns/shop/sa/app'));
  assert.equal((await call(client.port('out'))).status, 503);
});

// --- the server's side judges the client --------------------------------------------------------------------

/** A server's sidecar that a client tries to get past; the refusal's reason. */
async function refusedBy(
  certificates: TestCertificates,
  knock: (port: number, server: Leaf) => Promise<void>,
  reason: string,
  trusts = [certificates.authority],
): Promise<void> {
  await using app = await startOrigin('app');
  const server = await certificates.issue('app', { trusts });
  for (const mode of ['PERMISSIVE', 'STRICT']) {
    await using sidecar = await startSidecar(
      inboundConfig(app.port, { mtls: { mode } }, { identity: filesOf(server) }),
    );
    await knock(sidecar.port('in'), server);
    assert.ok(sidecar.metric(REFUSED, { reason }) > 0, `${mode}: ${JSON.stringify(sidecar.log)}`);
    assert.equal(sidecar.metric(REFUSED), sidecar.metric(REFUSED, { reason }), 'and no other reason');
    const told = sidecar.log.find((line) => line.reason === reason);
    assert.equal(told?.level, 'warn');
    assert.equal(told?.peer, '127.0.0.1');
    assert.equal(app.received.length, 0);
  }
}

/** A client's sidecar calls: it is refused after its own handshake is done (TLS 1.3), so all it sees is the end. */
function knockWith(client: Leaf): (port: number, server: Leaf) => Promise<void> {
  return async (port, server) => {
    await using sidecar = await startSidecar({
      ...clientConfig(port, server.uri),
      identity: filesOf(client),
    });
    const answer = await call(sidecar.port('out'));
    assert.equal(answer.status, 503);
    assert.match(String(answer.headers['x-weft-response-flags']), /^U[CF]$/);
  };
}

test('a client signed by another root is refused', async () => {
  await using certificates = await TestCertificates.create();
  const authority = await certificates.otherAuthority();
  await refusedBy(certificates, knockWith(await certificates.issue('web', { authority })), 'untrusted');
});

test('a client whose certificate has expired is refused', async () => {
  await using certificates = await TestCertificates.create();
  await refusedBy(
    certificates,
    knockWith(await certificates.issue('web', { agoMs: 2 * HOUR_MS })),
    'expired',
  );
});

test('a client of another trust domain is refused, even where its root is known', async () => {
  await using certificates = await TestCertificates.create();
  const authority = await certificates.otherAuthority('other.test');
  const client = await certificates.issue('web', { authority });
  await refusedBy(certificates, knockWith(client), 'trust_domain', [certificates.authority, authority]);
});

/** A TLS client of the test's own sends a request; resolves when the server has closed. */
function knockByHand(options: ConnectionOptions): (port: number) => Promise<void> {
  return async (port) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      ALPNProtocols: ['weft/http1'],
      ...options,
    });
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk));
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'close').catch(() => {});
    assert.equal(answer, '');
  };
}

test('a client without a certificate is refused', async () => {
  await using certificates = await TestCertificates.create();
  await refusedBy(certificates, knockByHand({}), 'no_certificate');
});

test('a client that speaks no TLS 1.3 is refused', async () => {
  await using certificates = await TestCertificates.create();
  const { key, chain: cert } = await certificates.issue('web');
  await refusedBy(certificates, knockByHand({ key, cert, maxVersion: 'TLSv1.2' }), 'handshake');
});

test('a certificate of our own root without a SPIFFE id is none', async () => {
  await using certificates = await TestCertificates.create();
  const { chain: cert, privateKey: key } = await certificates.authority.issueServing({
    dnsNames: ['control-plane'],
    ipAddresses: [],
  });
  // It is for servers only, which is seen first.
  await refusedBy(certificates, knockByHand({ key, cert }), 'untrusted');
});
