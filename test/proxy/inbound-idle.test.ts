// How long nothing may happen at the receiving sidecar: as its port says (BackendTrafficPolicy, timeouts).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { call, startTcpOrigin } from './http.ts';
import { inboundConfig, startSidecar } from './sidecar.ts';

test('a request for which the application says nothing is ended after the limit of the port', async () => {
  await using silent = await startTcpOrigin((socket) => socket.resume());
  await using sidecar = await startSidecar(inboundConfig(silent.port, { streamIdleMs: 250 }));
  const answer = await call(sidecar.port('in'));
  assert.equal(answer.status, 504);
  assert.equal(answer.headers['x-weft-response-flags'], 'SI');
});

test('a connection on which nothing passes is closed after the limit of the port', async () => {
  await using silent = await startTcpOrigin((socket) => socket.resume());
  await using sidecar = await startSidecar(
    inboundConfig(silent.port, { protocol: 'tcp', idleTimeoutMs: 250 }),
  );
  const socket = connect(sidecar.port('in'), '127.0.0.1').on('error', () => {});
  socket.resume().write('hello');
  await once(socket, 'close');
  const line = await sidecar.nextLine();
  assert.equal(line.response_flags, 'SI');
});
