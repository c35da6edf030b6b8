// `weft check` against a mesh of real processes: all well, then one thing after the other that is not.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from './call.ts';
import { openConnection } from './echo.ts';
import { eventually } from './eventually.ts';
import { Shop, serverYaml } from './shop.ts';
import { weft } from './weft.ts';

/** Sends back what it gets, behind a Service port whose name says nothing. */
const LINE = `import { createServer } from 'node:net';
createServer((socket) => socket.pipe(socket)).listen(Number(process.env.PORT), '127.0.0.1');
`;

test('weft check passes a mesh that is well, names ports that were guessed, and fails with what to do', async () => {
  await using shop = await Shop.start({
    files: {
      'line.mjs': LINE,
      'line.yaml': serverYaml({ name: 'line' }).replace('server.mjs', 'line.mjs').replaceAll('http', 'odd'),
    },
    pods: ['line-0'],
  });
  assert.equal((await call(await shop.outbound('client-0', 'web:80'), '/')).status, 200);
  await eventually('all synced', async () => (await shop.up.api.proxies()).every(({ synced }) => synced));
  const well = await shop.weft('check');
  assert.equal(well.code, 0, well.stdout);
  for (const line of [
    /✓ version (\S+), as this weft$/m,
    /✓ 3 workloads, every replica ready$/m,
    /✓ 3 proxies, connected, all configuration accepted$/m,
    /✓ the root of the mesh is valid for \d+d/m,
    /✓ 3 workload certificates, the first ends in 23h/m,
    /^Everything works\.$/m,
  ]) {
    assert.match(well.stdout, line);
  }

  const line = await shop.outbound('client-0', 'line:80');
  const end = await openConnection(line);
  assert.equal(await end('closed'), 'closed');
  await eventually('the guess', async () => /declares no protocol/.test((await shop.weft('check')).stdout));
  const guessed = await shop.weft('check');
  assert.equal(guessed.code, 0, guessed.stdout);
  assert.match(
    guessed.stdout,
    /! shop\/line:80 declares no protocol; 1 connection spoke neither HTTP nor TLS/,
  );
  const file = join(shop.folder.path, 'line.yaml');
  assert.ok(guessed.stdout.includes(`→ Service/shop/line (${file}:`), guessed.stdout);
  assert.match(guessed.stdout, /name the port "tcp-…"/);

  shop.folder.write('web.yaml', serverYaml({ name: 'web' }).replace('replicas: 1', 'replicas: many'));
  await shop.up.until('the diagnostic', async () => (await shop.up.api.status()).diagnostics.length > 0);
  const broken = await shop.weft('check');
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /✗ \S+web\.yaml:5:\d+ spec\.replicas: /);
  assert.match(broken.stdout, /1 check failed, 1 warning\./);
  const files = await weft('check', shop.folder.path);
  assert.equal(files.code, 1);
  assert.match(files.stdout, /✗ \S+web\.yaml:5:\d+ spec\.replicas: /);

  await shop.up.end('SIGINT');
  const away = await shop.weft('check', '-o', 'json');
  assert.equal(away.code, 1);
  const [group] = JSON.parse(away.stdout);
  assert.equal(group.title, 'Control plane');
  assert.equal(group.checks[0].state, 'bad');
  assert.match(group.checks[0].remedy, /weft up FOLDER/);
});
