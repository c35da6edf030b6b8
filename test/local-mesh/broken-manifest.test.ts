// What is written wrongly: while the mesh runs, the last good version serves and `weft status` says what is wrong
// and where; at the start, one clear line, and nothing runs.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManifestFolder, UpProcess } from '@weft/cli/testing/local-mesh';
import { call } from './call.ts';
import { eventually } from './eventually.ts';
import { assertNothingLost, Load } from './load.ts';
import { routeYaml, Shop, serverYaml } from './shop.ts';
import { markProcesses } from './survivors.ts';

const ROUTE = routeYaml(`
    - filters:
        - type: ResponseHeaderModifier
          responseHeaderModifier: { set: [{ name: x-route, value: "1" }] }
      backendRefs: [{ name: web, port: 80 }]`);

const MISTAKES: readonly {
  readonly what: string;
  readonly text: string;
  readonly line: number;
  readonly field?: string;
}[] = [
  {
    what: 'a value of a wrong type',
    text: ROUTE.replace('port: 80', 'port: eighty'),
    line: 10,
    field: 'spec.rules[0].backendRefs[0].port',
  },
  {
    what: 'a field that is not supported',
    text: `${ROUTE}      sessionPersistence: { sessionName: s }\n`,
    line: 11,
    field: 'spec.rules[0].sessionPersistence',
  },
  {
    what: 'a field that does not exist',
    text: `${ROUTE}      backends: []\n`,
    line: 11,
    field: 'spec.rules[0].backends',
  },
  {
    what: 'YAML that cannot be read',
    text: ROUTE.replace('[{ name: web, port', '[{ name: web port'),
    line: 10,
  },
];

test('a manifest that becomes unreadable keeps serving in its last good version and is named until it is right', async (t) => {
  await using shop = await Shop.start({ files: { 'route.yaml': ROUTE } });
  const port = await shop.outbound('client-0', 'web:80');
  const file = join(shop.folder.path, 'route.yaml');
  await using load = new Load({ port });
  for (const { what, text, line, field } of MISTAKES) {
    await t.test(what, async () => {
      shop.folder.write('route.yaml', text);
      await shop.up.until('the diagnostic', async () => {
        const { diagnostics } = await shop.up.api.status();
        return diagnostics.some(
          (found) => found.file === file && found.line === line && found.field === field,
        );
      });
      assert.equal((await call(port, '/')).headers['x-route'], '1');
      const status = await shop.weft('status');
      assert.equal(status.code, 1);
      assert.ok(status.stdout.includes(`${file}:${line}:`), status.stdout);
      if (field) assert.ok(status.stdout.includes(field), status.stdout);

      shop.folder.write('route.yaml', ROUTE);
      await shop.up.until('no diagnostic', async () => (await shop.up.api.status()).diagnostics.length === 0);
      const well = await shop.weft('status');
      assert.equal(well.code, 0, well.stdout);
      assert.match(well.stdout, /No problems\./);
    });
  }
  await assertNothingLost(t, load);
});

test('after a mistake the next right version takes effect', async () => {
  await using shop = await Shop.start({ files: { 'route.yaml': ROUTE } });
  const port = await shop.outbound('client-0', 'web:80');
  shop.folder.write('route.yaml', ROUTE.replace('kind: Service', 'kind: [Service'));
  await shop.up.until('the diagnostic', async () => (await shop.up.api.status()).diagnostics.length > 0);
  shop.folder.write('route.yaml', ROUTE.replace('"1"', '"2"'));
  await eventually('the next version', async () => (await call(port, '/')).headers['x-route'] === '2');
  assert.deepEqual((await shop.up.api.status()).diagnostics, []);
});

test('what is wrong at the start is one clear line, and nothing is left running', async (t) => {
  const survivors = markProcesses();
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { readonly port: number };
  const good = { 'web.yaml': serverYaml({ name: 'web' }) };
  const cases: readonly {
    readonly what: string;
    readonly files: Readonly<Record<string, string>>;
    readonly folder?: string;
    readonly options?: readonly string[];
    readonly says: RegExp;
  }[] = [
    {
      what: 'a broken manifest',
      files: { ...good, 'route.yaml': ROUTE.replace('port: 80', 'port: eighty') },
      says: /route\.yaml:10:\d+ spec\.rules\[0\]\.backendRefs\[0\]\.port: /,
    },
    {
      what: 'a missing command',
      files: { 'web.yaml': serverYaml({ name: 'web' }).replace('[node,', '[no-such-program,') },
      says: /web\.yaml:\d+:\d+ \S+command\[0\]: command "no-such-program" not found: /,
    },
    {
      what: 'a port in use',
      files: good,
      options: ['--api-port', String(port)],
      says: new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use: .*--api-port`),
    },
    { what: 'a missing folder', files: {}, folder: 'no-such-folder', says: /no-such-folder/ },
    { what: 'an empty folder', files: {}, says: /no manifests|no \*\.yaml/i },
  ];
  for (const { what, files, folder = '', options = [], says } of cases) {
    await t.test(what, async () => {
      using manifests = new ManifestFolder(files);
      await using up = await UpProcess.start(join(manifests.path, folder), ...options);
      assert.equal(await up.exited, 1);
      assert.match(up.output, says);
      assert.equal(up.output.trimEnd().split('\n').length, 1, up.output);
      assert.deepEqual(up.leftovers, []);
      // What the launcher started itself (the bundler) ends when its pipe closes: a moment after it.
      await eventually('no process', () => survivors().length === 0);
    });
  }
});
