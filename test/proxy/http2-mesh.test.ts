// HTTP/2 through two sidecars with mTLS: few connections for many clients, the caller's identity for each request, and
// nothing lost where a sidecar or its application goes away.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesOf, TestCertificates } from '../mtls/certificates.ts';
import { clientConfig, startPair } from '../mtls/pair.ts';
import {
  connectEither,
  connectHttp2,
  type EitherRequest,
  type EitherResponse,
  startEither,
} from './either-http.ts';
import { deadPort } from './http.ts';
import { inboundConfig, type Sidecar, startSidecar } from './sidecar.ts';

function answerBody(request: EitherRequest, response: EitherResponse): void {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => response.end(`${request.httpVersion} ${body}`));
}

/** Open connections of a sidecar to its endpoints. */
function connectionsOf({ running }: Sidecar): number {
  const endpoints = running.proxy.store.clusters.flatMap((cluster) => cluster.endpoints);
  return endpoints.reduce((sum, { connections }) => sum + connections.open, 0);
}

for (const protocol of ['http', 'http2', 'grpc', 'detect']) {
  test(`requests of several clients share one connection between the sidecars: port ${protocol}`, async () => {
    await using certificates = await TestCertificates.create();
    await using app = await startEither('http2', answerBody);
    const [client, server] = [await certificates.issue('web'), await certificates.issue('app')];
    await using pair = await startPair({ client, server, appPort: app.port, protocol });
    for (let i = 0; i < 3; i++) {
      await using one = await connectHttp2(pair.port);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => one.call({ method: 'POST', body: [`${i} ${n}`] })),
      );
      assert.deepEqual(
        answers.map(({ body }) => body.toString()),
        Array.from({ length: 20 }, (_, n) => `2.0 ${i} ${n}`),
      );
    }
    assert.equal(connectionsOf(pair.client), 1);
    assert.equal(app.connections, 1);
    const line = await pair.server.nextLine();
    assert.deepEqual([line['protocol'], line['downstream_principal']], ['HTTP/2', client.uri]);
  });
}

/** A client's sidecar before several servers' sidecars. */
async function startMesh(
  certificates: TestCertificates,
  servers: readonly Sidecar[],
  expected: string,
): Promise<Sidecar> {
  const config = clientConfig(1, expected, 'http2') as Record<string, unknown>;
  const endpoints = servers.map((one) => ({
    address: '127.0.0.1',
    port: one.port('in'),
    identity: expected,
  }));
  return startSidecar({
    ...config,
    clusters: (config['clusters'] as object[]).map((one) => ({
      ...one,
      protocol: 'http2',
      balancer: 'round-robin',
    })),
    endpoints: [{ name: 'app', endpoints }],
    identity: filesOf(await certificates.issue('web')),
  });
}

test('where the port says HTTP/2, a client of HTTP/1.1 reaches the application by HTTP/2', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startEither('http2', answerBody);
  const leaf = await certificates.issue('app');
  await using server = await startSidecar(
    inboundConfig(app.port, { protocol: 'http2' }, { identity: filesOf(leaf) }),
  );
  await using mesh = await startMesh(certificates, [server], leaf.uri);
  await using client = await connectEither('http1', mesh.port('out'));
  assert.equal((await client.call({ method: 'POST', body: ['x'] })).body.toString(), '2.0 x');
  assert.equal((await server.nextLine())['protocol'], 'HTTP/2');
});

test('an application that is not there: its sidecar says so, and a request with a body goes to another', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startEither('http2', answerBody);
  const leaf = await certificates.issue('app');
  const identity = { identity: filesOf(leaf) };
  await using there = await startSidecar(inboundConfig(app.port, { protocol: 'http2' }, identity));
  await using gone = await startSidecar(inboundConfig(await deadPort(), { protocol: 'http2' }, identity));
  await using mesh = await startMesh(certificates, [gone, there], leaf.uri);
  await using client = await connectHttp2(mesh.port('out'));
  for (let i = 0; i < 6; i++) {
    const { status, body } = await client.call({ method: 'POST', body: ['some ', 'body'] });
    assert.deepEqual([status, body.toString()], [200, '2.0 some body']);
  }
  assert.ok(gone.accessLog.length > 0, 'it was asked');
});

test('a sidecar that is drained under load: no request of its clients is lost', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startEither('http2', answerBody);
  const leaf = await certificates.issue('app');
  const start = (): Promise<Sidecar> =>
    startSidecar(inboundConfig(app.port, { protocol: 'http2' }, { identity: filesOf(leaf) }));
  await using stays = await start();
  const leaves = await start();
  await using mesh = await startMesh(certificates, [stays, leaves], leaf.uri);
  await using client = await connectHttp2(mesh.port('out'));
  let drained: Promise<unknown> | undefined;
  let sent = 0;
  const work = async (): Promise<void> => {
    while (sent < 800) {
      const id = String(sent++);
      if (sent === 300) drained = leaves.running.drain();
      const { status, body } = await client.call({ method: 'POST', body: [id] });
      assert.deepEqual([status, body.toString()], [200, `2.0 ${id}`]);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  await drained;
  assert.ok(leaves.accessLog.length > 100);
});
