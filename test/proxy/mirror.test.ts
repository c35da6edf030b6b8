// Mirrored requests: the copy arrives, and nothing that happens to it is seen by the original.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { call, deadPort, startOrigin, startTcpOrigin } from './http.ts';
import { outboundConfig, startSidecar } from './sidecar.ts';

const RULES = [{ filters: [{ kind: 'mirror', cluster: 'shadow' }], backends: [{ cluster: 'app' }] }] as const;
const POST = { method: 'POST', path: '/x?y=1', headers: { 'x-user': 'alice' }, body: 'hello' } as const;

test('a copy of the request arrives with its body, and its answer is thrown away', async () => {
  await using app = await startOrigin('app');
  const shadowed = Promise.withResolvers<string>();
  await using shadow = await startOrigin('shadow', (incoming, response) => {
    let body = `${incoming.method} ${incoming.url} ${incoming.headers['x-user']} `;
    incoming.on('data', (chunk) => (body += chunk));
    incoming.on('end', () => {
      response.writeHead(500).end('this must not be seen');
      shadowed.resolve(body);
    });
  });
  await using sidecar = await startSidecar(outboundConfig(RULES, { app: app.port, shadow: shadow.port }));
  const answer = await call(sidecar.port('out'), POST);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-origin'], 'app');
  assert.equal(await shadowed.promise, 'POST /x?y=1 alice hello');
});

test('a share of 0 copies nothing', async () => {
  await using app = await startOrigin('app');
  await using shadow = await startOrigin('shadow');
  const rules = [{ ...RULES[0], filters: [{ kind: 'mirror', cluster: 'shadow', share: 0 }] }];
  await using sidecar = await startSidecar(outboundConfig(rules, { app: app.port, shadow: shadow.port }));
  for (let i = 0; i < 20; i++) await call(sidecar.port('out'));
  assert.equal(app.received.length, 20);
  assert.equal(shadow.received.length, 0);
});

test('a mirror that is dead or never answers does not touch the original', async () => {
  await using app = await startOrigin('app');
  await using silent = await startTcpOrigin((socket) => socket.resume());
  for (const port of [await deadPort(), silent.port]) {
    await using sidecar = await startSidecar(outboundConfig(RULES, { app: app.port, shadow: port }));
    for (let i = 0; i < 5; i++) assert.equal((await call(sidecar.port('out'), POST)).status, 200);
    assert.equal(sidecar.metric('istio_requests_total', { response_code: '200' }), 5);
  }
});

test('a mirror that does not read holds up neither the original nor the memory', async () => {
  const size = 32 * 1024 * 1024;
  let got = 0;
  await using app = await startOrigin('app', (incoming, response) => {
    incoming.on('data', (chunk: Buffer) => (got += chunk.length));
    incoming.on('end', () => response.end());
  });
  await using stuck = await startTcpOrigin((socket) => socket.pause());
  await using sidecar = await startSidecar(outboundConfig(RULES, { app: app.port, shadow: stuck.port }));
  const answer = await call(sidecar.port('out'), { method: 'POST', body: 'x'.repeat(size) });
  assert.equal(answer.status, 200);
  assert.equal(got, size);
});

test('a copy ends with an original that fails before its body is through', async () => {
  const closed = Promise.withResolvers<void>();
  await using shadow = await startTcpOrigin((socket) => {
    socket.resume();
    void Promise.any([once(socket, 'end'), once(socket, 'close')]).then(() => closed.resolve());
  });
  await using sidecar = await startSidecar(
    outboundConfig(RULES, { app: await deadPort(), shadow: shadow.port }),
  );
  const { status } = await call(sidecar.port('out'), { ...POST, headers: { expect: '100-continue' } });
  assert.equal(status, 503);
  await closed.promise;
});
