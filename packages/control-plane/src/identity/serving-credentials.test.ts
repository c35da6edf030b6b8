import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { Server } from '@grpc/grpc-js';
import { Log } from '@weft/common/logger/logger';
import { CertificateAuthority } from './ca.ts';
import { folderRootStore } from './root-store.ts';
import { ServingCredentials } from './serving-credentials.ts';

test('the server goes on with a new certificate before the old one ends', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'weft-serving-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const store = folderRootStore(join(folder, 'ca'));
  const ca = await CertificateAuthority.open({ store, trustDomain: 'mesh.test' });
  const log = new Log({ output: { write: () => {} } }).component('identity');
  const credentials = await ServingCredentials.create({ ca, log, ttlMs: 1000 });
  stack.defer(() => credentials.close());
  const server = new Server();
  stack.defer(() => server.forceShutdown());
  const { promise, resolve } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', credentials, (_error, port) => resolve(port));
  const port = await promise;

  const serials = new Set<string>();
  while (serials.size < 3) {
    const socket = connect({ host: '127.0.0.1', port, ca: [...ca.roots], ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    serials.add(socket.getPeerCertificate().serialNumber);
    socket.destroy();
  }
});
