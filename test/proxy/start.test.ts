// Static mode's start: it opens everything or nothing, and says what is wrong.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Log } from '@weft/common/logger/logger';
import { InvalidConfigError, startStatic } from '@weft/proxy/main';
import { call, deadPort, listen, startOrigin } from './http.ts';
import { outboundConfig, startSidecar } from './sidecar.ts';

const OPTIONS = {
  log: new Log({ output: { write: () => {} } }),
  version: '0.0.0',
  file: 'test.yaml',
} as const;
const RULES = [{ backends: [{ cluster: 'app' }] }];

test('a configuration that is wrong is refused with every field that is', async () => {
  const wrong = {
    listeners: [{ name: 'out', port: 0, outbound: 'shop/other:80' }],
    outbounds: [{ name: 'shop/app:80', rules: [{ backends: [{ cluster: 'nowhere' }] }] }],
    clustrs: [],
  };
  await assert.rejects(startStatic(wrong, OPTIONS), (error: Error) => {
    assert.ok(error instanceof InvalidConfigError);
    assert.match(error.message, /^clustrs: unknown field `clustrs`; did you mean `clusters`\?$/m);
    return true;
  });
  const { clustrs: _, ...rest } = wrong;
  await assert.rejects(startStatic(rest, OPTIONS), (error: Error) => {
    assert.deepEqual(error.message.split('\n').sort(), [
      'listeners[0].outbound: there is no outbound `shop/other:80`',
      'outbounds[0].rules[0].backends[0].cluster: there is no cluster `nowhere`',
    ]);
    return true;
  });
});

test('a port that is taken, of a listener or of the admin pages, leaves nothing open', async () => {
  const taken = createServer();
  const takenPort = await listen(taken);
  const freePort = await deadPort();
  const config = (second: number, admin: number): object => ({
    ...outboundConfig(RULES, { app: 1 }),
    listeners: [
      { name: 'first', port: freePort, outbound: 'shop/app:80' },
      { name: 'second', port: second, outbound: 'shop/app:80' },
    ],
    admin: { admin, metrics: 0, health: 0 },
  });
  try {
    await assert.rejects(startStatic(config(takenPort, 0), OPTIONS), /second/);
    await assert.rejects(startStatic(config(0, takenPort), OPTIONS), new RegExp(String(takenPort)));
    await assert.rejects(call(freePort), { code: 'ECONNREFUSED' });
  } finally {
    taken.close();
  }
});

test('certificate files that are not there stop the start, and say which', async () => {
  const identity = {
    certificateFile: '/nowhere/a.pem',
    keyFile: '/nowhere/a.key',
    rootsFile: '/nowhere/r.pem',
  };
  await assert.rejects(startStatic({ identity }, OPTIONS), /\/nowhere\/a\.pem/);
});

test('admin, metrics and health pages tell of the proxy until it is closed', async () => {
  await using app = await startOrigin('app');
  const [admin, metrics, health] = [await deadPort(), await deadPort(), await deadPort()];
  const config = outboundConfig(RULES, { app: app.port }, { admin: { admin, metrics, health } });
  {
    await using sidecar = await startSidecar(config);
    await call(sidecar.port('out'));
    assert.equal((await call(health, { path: '/healthz/ready' })).status, 200);
    assert.match((await call(metrics, { path: '/metrics' })).body, /istio_requests_total\{[^\n]*\} 1\n/);
    const dump = JSON.parse((await call(admin, { path: '/config_dump' })).body);
    assert.equal(dump.outbounds[0].name, 'shop/app:80');
  }
  for (const port of [admin, metrics, health])
    await assert.rejects(call(port, { path: '/healthz/ready' }), { code: 'ECONNREFUSED' });
});
