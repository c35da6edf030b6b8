// Certificates that are replaced while traffic runs.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, startOrigin } from '../proxy/http.ts';
import { startLoad } from '../proxy/load.ts';
import type { Sidecar } from '../proxy/sidecar.ts';
import { TestCertificates } from './certificates.ts';
import { startPair } from './pair.ts';

const READ_AGAIN = 'certificate files read again';

/** Every request that follows goes over a connection with a handshake of its own time. */
function forgetConnections({ running }: Sidecar, round: number): void {
  const value = { name: 'app', connectTimeoutMs: 1_000 + round };
  running.proxy.store.apply({
    type: 'Cluster',
    resources: [{ name: 'app', version: String(round), value }],
    removed: [],
  });
}

test('leaves of three seconds are renewed under load, and not one request fails', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  const leaf = { ttlMs: 3_000 };
  const client = await certificates.issue('web', leaf);
  const server = await certificates.issue('app', leaf);
  await using pair = await startPair({ client, server, appPort: app.port });
  // POST, since the proxy does not send it again on its own account.
  const load = startLoad(pair.port, { method: 'POST', body: 'hello' });
  for (let round = 0; round < 60; round++) {
    if (round % 5 === 4) {
      await certificates.issue('web', leaf);
      await certificates.issue('app', leaf);
    }
    forgetConnections(pair.client, round);
    await sleep(100);
  }
  await load.progress(20);
  await load.stop();
  assert.deepEqual(load.failures, []);
  for (const sidecar of [pair.client, pair.server]) await sidecar.logged(READ_AGAIN, 3);
  // Handshakes that were given up since their cluster changed count as well; that is not what is asked here.
  for (const reason of ['expired', 'untrusted', 'no_certificate'])
    assert.equal(pair.server.metric('weft_inbound_connections_refused_total', { reason }), 0, reason);
});

test('a key that does not fit leaves the last good certificate, until the right one comes', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  const client = await certificates.issue('web');
  const server = await certificates.issue('app');
  await using pair = await startPair({ client, server, appPort: app.port });
  await writeFile(server.keyFile, client.key);
  await pair.server.logged('the certificate files can not be used (yet); the last good ones are');
  assert.equal((await call(pair.port)).status, 200);
  await certificates.issue('app');
  await pair.server.logged(READ_AGAIN);
  forgetConnections(pair.client, 1);
  assert.equal((await call(pair.port)).status, 200);
});

test('a root that is added is believed without a restart', async () => {
  await using certificates = await TestCertificates.create();
  await using app = await startOrigin('app');
  const authority = await certificates.otherAuthority();
  const both = [certificates.authority, authority];
  const client = await certificates.issue('web', { authority, trusts: both });
  const server = await certificates.issue('app');
  await using pair = await startPair({ client, server, appPort: app.port });
  assert.equal((await call(pair.port)).status, 503);
  await writeFile(server.rootsFile, both.flatMap(({ roots }) => roots).join(''));
  await pair.server.logged(READ_AGAIN);
  assert.equal((await call(pair.port)).status, 200);
});
