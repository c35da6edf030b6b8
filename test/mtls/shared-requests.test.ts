// Requests of HTTP/1.1 clients between two sidecars: many at a time are streams of one connection, HTTP/1.1 at both
// ends; a few have a connection each, and so has what is large.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectEither, type EitherRequest, type EitherResponse, startEither } from '../proxy/either-http.ts';
import type { Sidecar } from '../proxy/sidecar.ts';
import { TestCertificates } from './certificates.ts';
import { startPair } from './pair.ts';

function answerBody(request: EitherRequest, response: EitherResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('x-version', request.httpVersion);
    response.end(Buffer.concat(chunks));
  });
}

/** A sidecar's open connections to its endpoints, by what they carry. */
function connectionsOf({ running }: Sidecar): { readonly http1: number; readonly http2: number } {
  const endpoints = running.proxy.store.clusters.flatMap((cluster) => cluster.endpoints);
  return {
    http1: endpoints.reduce((sum, { connections }) => sum + connections.http1, 0),
    http2: endpoints.reduce((sum, { connections }) => sum + connections.http2, 0),
  };
}

async function start(certificates: TestCertificates, appPort: number, protocol: string) {
  const [client, server] = [await certificates.issue('web'), await certificates.issue('app')];
  return startPair({ client, server, appPort, protocol });
}

for (const protocol of ['http', 'detect']) {
  test(`many requests at a time share one connection, and the application gets HTTP/1.1: port ${protocol}`, async () => {
    await using certificates = await TestCertificates.create();
    const clients = 20;
    const { promise: allThere, resolve } = Promise.withResolvers<void>();
    let waiting = 0;
    await using app = await startEither('http1', (request, response) => {
      // Answered once all are under way.
      if (++waiting === clients) resolve();
      void allThere.then(() => answerBody(request, response));
    });
    await using pair = await start(certificates, app.port, protocol);
    await Promise.all(
      Array.from({ length: clients }, async (_, i) => {
        await using client = await connectEither('http1', pair.port);
        for (let n = 0; n < 3; n++) {
          const { status, headers, body } = await client.call({ method: 'POST', body: [`${i} ${n}`] });
          assert.deepEqual([status, headers['x-version'], body.toString()], [200, '1.1', `${i} ${n}`]);
        }
      }),
    );
    assert.deepEqual(connectionsOf(pair.client), { http1: 4, http2: 1 });
  });
}

test('one request after the other has a connection of its own, which is used again', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startEither('http1', answerBody);
  await using pair = await start(certificates, app.port, 'http');
  for (let i = 0; i < 3; i++) {
    await using client = await connectEither('http1', pair.port);
    assert.equal((await client.call({ method: 'POST', body: ['x'] })).body.toString(), 'x');
  }
  assert.deepEqual(connectionsOf(pair.client), { http1: 1, http2: 0 });
});

test('a client of HTTP/2 on the same port still reaches the application by HTTP/2', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startEither('http2', answerBody);
  await using pair = await start(certificates, app.port, 'http');
  await using client = await connectEither('http2', pair.port);
  const { headers, body } = await client.call({ method: 'POST', body: ['x'] });
  assert.deepEqual([headers['x-version'], body.toString()], ['2.0', 'x']);
});

test('where bodies are large, every request has a connection of its own', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startEither('http1', answerBody);
  await using pair = await start(certificates, app.port, 'http');
  const large = Buffer.alloc(1_000_000, 'x');
  const call = async (): Promise<void> => {
    await using client = await connectEither('http1', pair.port);
    const { status, body } = await client.call({ method: 'POST', body: [large] });
    assert.deepEqual([status, body.length], [200, large.length]);
  };
  await call();
  await Promise.all(Array.from({ length: 12 }, call));
  const { http2 } = connectionsOf(pair.client);
  assert.equal(http2, 0);
});
