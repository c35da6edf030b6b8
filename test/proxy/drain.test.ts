// Draining: a proxy that ends lets down nobody whose connection it took.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { call, exchangeText, startOrigin, startTcpOrigin } from './http.ts';
import { startLoad } from './load.ts';
import { inboundConfig, outboundConfig, startSidecar } from './sidecar.ts';

const RULES = [{ backends: [{ cluster: 'app' }] }];

test('no request fails under load, and clients are told to leave', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(outboundConfig(RULES, { app: app.port }));
  const port = sidecar.port('out');
  let closing = 0;
  const load = startLoad(port, {
    onAnswer: ({ headers }) => {
      if (headers.connection === 'close') closing++;
    },
    isEnd: ({ code }) => code === 'ECONNREFUSED',
  });
  await load.progress(200);
  await sidecar.running.drain();
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.equal(closing, 4, 'each connection ended with an answer that said so');
  await assert.rejects(call(port), { code: 'ECONNREFUSED' });
});

test('a request in flight is completed, its body too, and the drain waits for it', async () => {
  const arrived = Promise.withResolvers<() => void>();
  await using app = await startOrigin('app', (_incoming, response) => {
    response.write('first ');
    arrived.resolve(() => response.end('last'));
  });
  await using sidecar = await startSidecar(inboundConfig(app.port));
  const answer = call(sidecar.port('in'));
  const finish = await arrived.promise;
  let isDrained = false;
  const drained = sidecar.running.drain().then(() => {
    isDrained = true;
  });
  await assert.rejects(call(sidecar.port('in')), { code: 'ECONNREFUSED' });
  assert.equal(isDrained, false);
  finish();
  const { status, body } = await answer;
  assert.equal(status, 200);
  assert.equal(body, 'first last');
  await drained;
});

test('a request on its way on an idle connection is answered, the rest of the idle ones are closed', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(inboundConfig(app.port));
  const port = sidecar.port('in');
  const [late, idle, silent] = [connect(port), connect(port), connect(port)];
  for (const socket of [late, idle]) {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
  }
  silent.resume();
  const drained = sidecar.running.drain();
  late.write('GET /late HTTP/1.1\r\nHost: a\r\n\r\n');
  const [answer] = (await once(late, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n/);
  idle.resume();
  await Promise.all([once(idle, 'close'), once(silent, 'close'), once(late, 'close'), drained]);
});

test('a connection whose answer began before the drain takes one more request, which says close', async () => {
  const arrived = Promise.withResolvers<() => void>();
  await using app = await startOrigin('app', ({ url }, response) => {
    if (url === '/2') return response.end('second');
    response.write('first');
    arrived.resolve(() => response.end());
  });
  await using sidecar = await startSidecar(inboundConfig(app.port));
  const client = connect(sidecar.port('in'));
  let answer = '';
  client.on('data', (chunk) => (answer += chunk));
  client.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
  const finish = await arrived.promise;
  while (!answer.includes('first')) await once(client, 'data');
  const drained = sidecar.running.drain();
  finish();
  client.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(client, 'close');
  const [, first = '', second = ''] = answer.split('HTTP/1.1 200 OK\r\n');
  assert.doesNotMatch(first, /connection: close/);
  assert.match(second, /connection: close\r\n[^]*second/);
  await drained;
});

test('bytes go on until both ends have finished', async () => {
  await using app = await startTcpOrigin((socket) => socket.pipe(socket));
  await using sidecar = await startSidecar(inboundConfig(app.port, { protocol: 'tcp' }));
  const socket = connect(sidecar.port('in'));
  socket.write('one');
  await once(socket, 'data');
  const drained = sidecar.running.drain();
  socket.end(' two');
  const [rest] = (await once(socket, 'data')) as [Buffer];
  assert.equal(rest.toString(), ' two');
  await drained;
});

test('a proxy without connections ends at once, and draining twice is one drain', async () => {
  await using sidecar = await startSidecar(inboundConfig(1));
  const { running } = sidecar;
  assert.equal(running.proxy.isDraining, false);
  await Promise.all([running.drain(), running.drain()]);
  assert.equal(running.proxy.isDraining, true);
  await assert.rejects(exchangeText(sidecar.port('in'), ''), { code: 'ECONNREFUSED' });
});
