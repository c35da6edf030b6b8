// An endpoint that leaves while requests wait for a connection to it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { call, listen, startOrigin } from '../proxy/http.ts';
import { inboundConfig, startSidecar } from '../proxy/sidecar.ts';
import { filesOf, TestCertificates } from './certificates.ts';
import { clientConfig } from './pair.ts';

test('a request that waits for a connection goes to an endpoint that stays', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  const web = await certificates.issue('web');
  const own = await certificates.issue('app');
  await using server = await startSidecar(inboundConfig(app.port, {}, { identity: filesOf(own) }));
  // Accepts, and never says a word of its handshake.
  const stuck = createServer((socket) => socket.on('error', () => {}).resume());
  const stuckPort = await listen(stuck);
  const config = clientConfig(stuckPort, own.uri);
  const clusters = [{ name: 'app', connectTimeoutMs: 60_000 }];
  try {
    await using client = await startSidecar({ ...config, clusters, identity: filesOf(web) });
    // POST, since the proxy does not send it again on its own account once it was sent.
    const answer = call(client.port('out'), { method: 'POST', body: 'hello' });
    await once(stuck, 'connection');
    const endpoint = { address: '127.0.0.1', port: server.port('in'), identity: own.uri };
    client.running.proxy.store.apply({
      type: 'Endpoints',
      resources: [{ name: 'app', version: '2', value: { name: 'app', endpoints: [endpoint] } }],
      removed: [],
    });
    assert.equal((await answer).status, 200);
  } finally {
    stuck.close();
  }
});
