// `weft up` from outside, with real processes: control plane, sidecars, workloads.

import assert from 'node:assert/strict';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { test } from 'node:test';
import {
  ManifestFolder,
  processPort,
  readyCondition,
  UpProcess,
  workloadYaml,
} from '../testing/local-mesh.ts';
import { commandLine, isAlive, untilGone } from '../testing/processes.ts';

const WEB = `import { createServer } from 'node:http';
const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(7);
  response.end(\`\${process.env.GREETING} \${process.pid}\`);
});
server.listen(process.env.PORT);
process.on('SIGTERM', () => server.close());
`;
const web = (changes: { replicas?: number; greeting?: string } = {}): string =>
  workloadYaml({
    name: 'web',
    command: '[node, web.mjs]',
    replicas: changes.replicas ?? 1,
    env: { GREETING: changes.greeting ?? 'hello' },
  });

function shop(files: Readonly<Record<string, string>> = {}): ManifestFolder {
  return new ManifestFolder({ 'web.mjs': WEB, 'web.yaml': web(), ...files });
}

function read(port: number, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
      response.on('error', reject);
    }).on('error', reject);
  });
}

test('a signal ends every process and removes the data folder', async () => {
  using folder = shop();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady('web-0');
  const children = up.children();
  assert.ok(children.length >= 4, 'control plane, sidecar, process and guard run');
  assert.equal(await up.end('SIGINT'), 0);
  assert.deepEqual(children.filter(isAlive), []);
  assert.deepEqual(up.leftovers, []);
});

test('a launcher that is killed leaves nothing behind either', async () => {
  using folder = shop();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady('web-0');
  const children = up.children();
  assert.equal(await up.end('SIGKILL'), 'SIGKILL');
  await Promise.all(children.map(untilGone));
  assert.deepEqual(up.leftovers, []);
});

test('saving another number of replicas, another template, another name, no file at all is followed', async () => {
  using folder = shop();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady('web-0');
  folder.write('web.yaml', web({ replicas: 3 }));
  await up.untilReady('web-0', 'web-1', 'web-2');
  folder.write('web.yaml', web({ replicas: 1 }));
  await up.untilReady('web-0');

  folder.write('web.yaml', web({ greeting: 'welcome' }));
  await up.untilReady('web-1');
  assert.match(await read(processPort(await up.pod('web-1'), 8080)), /^welcome/);

  folder.write('web.yaml', web().replaceAll(/\bweb\b(?!\.mjs)/g, 'shopfront'));
  await up.untilReady('shopfront-0');
  folder.write('web.yaml', '');
  await up.untilReady();
});

test('a process that crashes is started again, its pod says why it is away', async () => {
  using folder = shop();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady('web-0');
  const port = processPort(await up.pod('web-0'), 8080);
  const first = await read(port);
  await up.until('the crash', async () => {
    const { status, reason, message } = readyCondition(await up.pod('web-0')) ?? {};
    // It is back so soon that a look may come too late: the next time it takes longer.
    if (status === 'True') await read(port, '/crash').catch(() => '');
    return reason === 'CrashLoopBackOff' && /^exit code 7\b/.test(message ?? '');
  });
  await up.untilReady('web-0');
  assert.notEqual(await read(port), first);
});

test('a manifest that is broken while the mesh runs is reported with its place, and the last good one runs on', async () => {
  using folder = shop();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady('web-0');
  const port = processPort(await up.pod('web-0'), 8080);
  const before = await read(port);
  folder.write('web.yaml', web().replace('replicas: 1', 'replicas: many'));
  await up.until('the diagnostic', async () => {
    const { diagnostics } = await up.api.status();
    return diagnostics.some(({ file, line }) => file?.endsWith('web.yaml') && line === 5);
  });
  assert.equal(await read(port), before);
});

test('a template whose command is missing keeps the old replica, and the new one says what is wrong', async () => {
  using folder = shop();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady('web-0');
  folder.write('web.yaml', web().replace('[node, web.mjs]', '[no-such-program]'));
  await up.until('the message', async () =>
    /command "no-such-program" not found/.test(readyCondition(await up.pod('web-1'))?.message ?? ''),
  );
  assert.equal(readyCondition(await up.pod('web-0'))?.status, 'True');
  folder.write('web.yaml', web());
  await up.untilReady('web-0');
});

test('a sidecar that is killed is back on the same ports', async () => {
  using folder = shop();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady('web-0');
  const before = await up.pod('web-0');
  const sidecar = up.children().find((pid) => commandLine(pid).includes('web-0.json'));
  assert.ok(sidecar);
  process.kill(sidecar, 'SIGKILL');
  await untilGone(sidecar);
  await up.until('another sidecar', () =>
    up.children().some((pid) => pid !== sidecar && commandLine(pid).includes('web-0.json')),
  );
  await up.untilReady('web-0');
  const after = await up.pod('web-0');
  assert.deepEqual(after?.metadata.annotations, before?.metadata.annotations);
});

test('a control plane that is killed is back, and learns of the pods again', async () => {
  using folder = shop();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady('web-0');
  const first = up.children().find((pid) => commandLine(pid).includes('control-plane'));
  assert.ok(first);
  process.kill(first, 'SIGKILL');
  await untilGone(first);
  await up.untilReady('web-0');
  assert.equal(up.child.exitCode, null);
});

test('what is wrong at the start is one line with file and field, exit code 1, and nothing was started', async () => {
  const cases: readonly [files: Readonly<Record<string, string>>, line: RegExp][] = [
    [{ 'web.yaml': web().replace('replicas: 1', 'replicas: many') }, /web\.yaml:5:\d+ spec\.replicas: /],
    [
      { 'web.yaml': web().replace('[node, ', '[no-such, ') },
      /web\.yaml:13:\d+ \S+command\[0\]: command "no-such" not found/,
    ],
    [
      { 'web.yaml': web().replace('command:', 'args:') },
      /web\.yaml:12:\d+ \S+containers\[0\]: the container names no command/,
    ],
    [{ 'web.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n' }, /has no Deployment/],
  ];
  for (const [files, line] of cases) {
    using folder = shop(files);
    await using up = await UpProcess.start(folder.path);
    assert.equal(await up.exited, 1);
    assert.match(up.output, line);
    assert.equal(up.output.trimEnd().split('\n').length, 1, up.output);
    assert.deepEqual(up.leftovers, []);
  }
});

test('a port that is in use is named', async () => {
  using folder = shop();
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await using up = await UpProcess.start(folder.path, '--api-port', String(port));
  assert.equal(await up.exited, 1);
  assert.match(up.output, new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use: .*--api-port`));
  server.close();
});

test('with --for it ends by itself, and with an error where a workload failed', async () => {
  using folder = shop();
  {
    await using up = await UpProcess.start(folder.path, '--for', '1s');
    assert.equal(await up.exited, 0, up.output);
    assert.match(up.output, /^web +v1 +1\/1/m);
  }
  folder.write('fail.yaml', workloadYaml({ name: 'fail', command: `[sh, -c, "sleep 0.5; exit 3"]` }));
  await using up = await UpProcess.start(folder.path, '--for', '3s');
  assert.equal(await up.exited, 1);
  assert.match(up.output, /shop\/fail-0/);
  assert.match(up.output, /exit code 3/);
});
