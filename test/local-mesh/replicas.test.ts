// Replicas that come and go while traffic runs: scaled, replaced, taken away, crashing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '@weft/api/resource';
import { statusLines } from '@weft/cli/command/status';
import { PLAIN } from '@weft/cli/output/style';
import { readyCondition } from '@weft/cli/testing/local-mesh';
import { isAlive, untilGone } from '@weft/cli/testing/processes';
import { call } from './call.ts';
import { openConnection, openRequest } from './echo.ts';
import { eventually } from './eventually.ts';
import { assertNothingLost, Load } from './load.ts';
import { Shop, serverYaml } from './shop.ts';

test('scaling up and down loses no request', async (t) => {
  await using shop = await Shop.start({});
  await using load = new Load({ port: await shop.outbound('client-0', 'web:80') });
  shop.folder.write('web.yaml', serverYaml({ name: 'web', replicas: 3 }));
  await shop.up.untilReady('client-0', 'web-0', 'web-1', 'web-2');
  shop.folder.write('web.yaml', serverYaml({ name: 'web', replicas: 1 }));
  await shop.up.untilReady('client-0', 'web-0');
  await assertNothingLost(t, load);
});

test('another pod template replaces one replica after the other and loses no request', async (t) => {
  await using shop = await Shop.start({ webs: 2 });
  const port = await shop.outbound('client-0', 'web:80');
  await using load = new Load({ port });
  shop.folder.write('web.yaml', serverYaml({ name: 'web', replicas: 2, is: 'new' }));
  await shop.up.until('only new replicas', async () => {
    const webs = (await shop.up.pods()).filter(({ metadata }) => metadata.name.startsWith('web-'));
    const names = webs.map(({ metadata }) => metadata.name);
    return names.length === 2 && !names.includes('web-0') && !names.includes('web-1');
  });
  assert.match((await call(port, '/')).body, /"is":"new"/);
  await assertNothingLost(t, load);
});

/** A server on plain TCP that sends back what it gets; at SIGTERM it takes no new connections. */
const LINE = `import { createServer } from 'node:net';
const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close());
`;

test('a TCP connection and an upload that are open go on while their server is replaced', async () => {
  const line = serverYaml({ name: 'line' }).replace('server.mjs', 'line.mjs').replaceAll('http', 'tcp');
  await using shop = await Shop.start({ files: { 'line.mjs': LINE, 'line.yaml': line }, pods: ['line-0'] });
  const port = await shop.outbound('client-0', 'line:80');
  await eventually('the line answers', async () =>
    (await openConnection(port))('.').then((text) => text === '.'),
  );
  const endConnection = await openConnection(port);
  const endRequest = await openRequest(await shop.outbound('client-0', 'web:80'));
  shop.folder.write('line.yaml', line.replace('value: "line"', 'value: "new"'));
  shop.folder.write('web.yaml', serverYaml({ name: 'web', is: 'new' }));
  for (const workload of ['line', 'web']) {
    await eventually(`${workload} is told to end`, async () => {
      const [old, successor] = await Promise.all([
        shop.up.pod(`${workload}-0`),
        shop.up.pod(`${workload}-1`),
      ]);
      return old?.metadata['deletionTimestamp'] !== undefined && readyCondition(successor)?.status === 'True';
    });
  }
  const second = await openConnection(port);
  assert.equal(await second('to the new one'), 'to the new one');
  assert.equal(await endConnection('through the old one'), 'through the old one');
  assert.equal(await endRequest('through the old one'), 'through the old one');
  await shop.up.untilReady('client-0', 'line-1', 'web-1');
});

test('a Deployment that is scaled to none, and a Service that is deleted: its name answers why', async () => {
  await using shop = await Shop.start({});
  const port = await shop.outbound('client-0', 'web:80');
  assert.equal((await call(port, '/')).status, 200);
  const processes = [shop.pid('shop.web-0.json')];

  shop.folder.write('web.yaml', serverYaml({ name: 'web', replicas: 0 }));
  await shop.up.untilReady('client-0');
  await eventually('the processes are gone', () => !processes.some(isAlive));
  const empty = await call(port, '/');
  assert.equal(empty.status, 503);
  assert.equal(empty.flag, 'UH');
  assert.match(empty.body, /no endpoint of shop\/web:80 can take the request/);

  shop.folder.write('web.yaml', '');
  await eventually('the name is not known', async () => (await call(port, '/')).flag === 'NC');
  assert.match((await call(port, '/')).body, /shop\/web:80 is not known to the mesh/);
});

test('a Deployment and Service that are renamed: the old processes end, the old name answers why', async () => {
  await using shop = await Shop.start({});
  const port = await shop.outbound('client-0', 'web:80');
  const sidecar = shop.pid('shop.web-0.json');
  shop.folder.write('web.yaml', serverYaml({ name: 'site' }));
  await shop.up.untilReady('client-0', 'site-0');
  assert.equal(isAlive(sidecar), false);
  const answer = await call(port, '/');
  assert.equal(answer.status, 503);
  assert.match(answer.body, /shop\/web:80 is not known to the mesh/);
  // The process behind the new name is there for clients that start from now on.
  shop.folder.write('client.yaml', serverYaml({ name: 'client', is: 'restarted' }));
  await shop.up.untilReady('client-1', 'site-0');
  assert.match((await call(await shop.outbound('client-1', 'site:80'), '/')).body, /"is":"site"/);
});

test('a workload that crashes is restarted later each time and says so; the other replica takes its traffic', async (t) => {
  await using shop = await Shop.start({ webs: 2 });
  await using load = new Load({ port: await shop.outbound('client-0', 'web:80') });
  const crashing = await shop.inbound('web-0');
  const away: number[] = [];
  // Said while it waits for its restart: longer each time, so that a look comes in time sooner or later.
  const line = /shop\/web +v1 +1\/2 .* CrashLoopBackOff: exit code 7, restart \d+ in \d+ s$/m;
  const said: string[] = [];
  while (said.length === 0 || away.length < 3) {
    // Not idempotent, so that the sidecar does not send it again.
    await call(crashing, '/crash', { method: 'POST' });
    const ms = await eventually('the restart', async () => {
      const [status, pod] = await Promise.all([shop.up.api.status(), shop.up.pod('web-0')]);
      said.push(...(line.exec(statusLines(status, PLAIN).join('\n')) ?? []));
      return restartsOf(pod) > away.length && readyCondition(pod)?.status === 'True';
    });
    away.push(ms);
  }
  t.diagnostic(`away for ${away.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  const { requests, failures, dropped, slowestMs } = await load.stop();
  t.diagnostic(`${failures.length} of ${requests} requests failed, the slowest took ${slowestMs} ms`);
  for (const failure of failures) t.diagnostic(failure);
  // Only what the process had begun when it ended: at most one on each of 4 connections, each time.
  assert.ok(failures.length <= 4 * away.length);
  for (const failure of failures) assert.match(failure, /: 503 weft: UC /);
  assert.equal(dropped, 0);
});

test('a sidecar that is killed takes with it what it had begun, nothing else', async (t) => {
  await using shop = await Shop.start({ webs: 2 });
  await using load = new Load({ port: await shop.outbound('client-0', 'web:80') });
  await eventually('traffic', () => load.requests > 20);
  const sidecar = shop.pid('shop.web-0.json');
  process.kill(sidecar, 'SIGKILL');
  await untilGone(sidecar);
  await eventually(
    'another sidecar',
    async () => (await isReady(shop, 'web-0')) && shop.has('shop.web-0.json'),
  );
  const before = load.requests;
  await eventually('traffic', () => load.requests > before + 20);
  const { requests, failures, dropped } = await load.stop();
  t.diagnostic(`${failures.length} of ${requests} requests failed`);
  assert.ok(failures.length <= 4, failures.join('\n'));
  for (const failure of failures) assert.match(failure, /: 503 weft: UC /);
  assert.equal(dropped, 0);
});

function restartsOf(pod: Resource | undefined): number {
  const { containerStatuses = [] } = (pod?.status ?? {}) as {
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
  return containerStatuses[0]?.restartCount ?? 0;
}

async function isReady(shop: Shop, pod: string): Promise<boolean> {
  return readyCondition(await shop.up.pod(pod))?.status === 'True';
}
