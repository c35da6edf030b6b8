// A real folder, edited as people and editors do it.

import assert from 'node:assert/strict';
import {
  appendFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { ResourceSet } from '../provider.ts';
import { FileProvider, type FileProviderOptions } from './file-provider.ts';

let folder: string;
let provider: FileProvider | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-provider-'));
});

afterEach(async () => {
  await provider?.[Symbol.asyncDispose]();
  provider = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Ends a test that waits for a change which never comes. */
const LIMIT = { timeout: 10_000 };

function account(name: string, note = ''): string {
  return `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ${name}, annotations: {note: "${note}"}}\n`;
}

function write(path: string, text: string): Promise<void> {
  return writeFile(join(folder, path), text);
}

async function open(path = folder, timing: Partial<FileProviderOptions> = {}): Promise<FileProvider> {
  provider = new FileProvider(path, timing);
  await provider.ready;
  return provider;
}

/** For tests of what happens meanwhile, however slow the machine is. */
const HOLD_LONG = { holdMs: 60_000 };

/** Written ServiceAccounts as `name` or `name=note`. */
function accounts({ resources }: ResourceSet): string[] {
  return resources
    .filter(({ resource, origin }) => resource.kind === 'ServiceAccount' && origin)
    .map(({ resource: { metadata } }) =>
      [metadata.name, metadata.annotations?.note].filter(Boolean).join('='),
    );
}

/** Resolves with the first set, from now on, that is as wanted. */
function until(watched: FileProvider, isWanted: (set: ResourceSet) => boolean): Promise<ResourceSet> {
  return new Promise((resolve) => {
    if (isWanted(watched.current)) return resolve(watched.current);
    const stop = watched.onChange((set) => {
      if (!isWanted(set)) return;
      stop();
      resolve(set);
    });
  });
}

function untilAccounts(watched: FileProvider, ...wanted: string[]): Promise<ResourceSet> {
  return until(watched, (set) => accounts(set).join() === wanted.join());
}

test('files appear, change and vanish, also in new subfolders', LIMIT, async () => {
  await write('a.yaml', account('a'));
  const watched = await open();
  assert.deepEqual(accounts(watched.current), ['a']);

  await write('a.yaml', account('a', 'changed'));
  await untilAccounts(watched, 'a=changed');

  await mkdir(join(folder, 'sub/deeper'), { recursive: true });
  await write('sub/deeper/b.yaml', account('b'));
  await untilAccounts(watched, 'a=changed', 'b');

  await write('sub/deeper/b.yaml', account('b', 'again'));
  await untilAccounts(watched, 'a=changed', 'b=again');

  await rm(join(folder, 'sub'), { recursive: true });
  await untilAccounts(watched, 'a=changed');

  await mkdir(join(folder, 'sub'));
  await write('sub/c.yaml', account('c'));
  await untilAccounts(watched, 'a=changed', 'c');

  await unlink(join(folder, 'a.yaml'));
  await untilAccounts(watched, 'c');
});

test('an editor that writes by renaming is one change, and objects are never away', LIMIT, async () => {
  await write('a.yaml', account('a'));
  await write('b.yaml', account('b'));
  const watched = await open(folder, HOLD_LONG);
  const seen: string[] = [];
  watched.onChange((set) => seen.push(accounts(set).join()));
  for (const note of ['one', 'two', 'three']) {
    await rename(join(folder, 'a.yaml'), join(folder, 'a.yaml~'));
    await write('.a.yaml.swp', account('a', note));
    await rename(join(folder, '.a.yaml.swp'), join(folder, 'a.yaml'));
    await untilAccounts(watched, `a=${note}`, 'b');
  }
  assert.deepEqual(seen, ['a=one,b', 'a=two,b', 'a=three,b']);
});

test('a file that is emptied before it is written keeps its objects meanwhile', LIMIT, async () => {
  await write('a.yaml', account('a'));
  await write('b.yaml', account('b'));
  const watched = await open(folder, HOLD_LONG);
  const seen: string[] = [];
  watched.onChange((set) => seen.push(accounts(set).join()));
  await truncate(join(folder, 'a.yaml'));
  // The change in the other file shows that the empty one has been looked at.
  await write('b.yaml', account('b', 'seen'));
  await untilAccounts(watched, 'a', 'b=seen');
  await write('a.yaml', account('a', 'written'));
  await untilAccounts(watched, 'a=written', 'b=seen');
  assert.deepEqual(seen, ['a,b=seen', 'a=written,b=seen']);
});

test('a file that stays empty has no objects', LIMIT, async () => {
  await write('a.yaml', account('a'));
  await write('b.yaml', account('b'));
  const watched = await open();
  await truncate(join(folder, 'a.yaml'));
  await untilAccounts(watched, 'b');
});

test('a file that is renamed keeps its objects without a gap and without a conflict', LIMIT, async () => {
  await write('a.yaml', account('a'));
  await write('b.yaml', account('b'));
  const watched = await open(folder, HOLD_LONG);
  await rename(join(folder, 'a.yaml'), join(folder, 'c.yaml'));
  const renamed = await until(watched, ({ resources }) =>
    resources.some(({ origin }) => origin?.file.endsWith('c.yaml')),
  );
  assert.deepEqual(accounts(renamed), ['b', 'a']);
  assert.deepEqual(renamed.diagnostics, []);
});

test('a half-written file keeps what was there, and takes effect when it is whole', LIMIT, async () => {
  await write('a.yaml', account('a'));
  const watched = await open();
  await write('a.yaml', 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, anno');
  const broken = await until(watched, ({ diagnostics }) => diagnostics.length > 0);
  assert.deepEqual(accounts(broken), ['a']);
  assert.equal(broken.diagnostics[0]?.reason, 'InvalidYAML');
  await appendFile(join(folder, 'a.yaml'), 'tations: {note: whole}}\n');
  const whole = await untilAccounts(watched, 'a=whole');
  assert.deepEqual(whole.diagnostics, []);
});

test('what did not change keeps its reference, and listeners hear of real changes only', LIMIT, async () => {
  await write('a.yaml', account('a'));
  await write('b.yaml', account('b'));
  const watched = await open();
  const before = watched.current;
  let changes = 0;
  const stop = watched.onChange(() => changes++);
  await write('notes.txt', 'nothing');
  await write('a.yaml', account('a'));
  await write('b.yaml', account('b', 'changed'));
  const after = await untilAccounts(watched, 'a', 'b=changed');
  assert.equal(after.resources[0], before.resources[0]);
  assert.equal(changes, 1);

  stop();
  await write('b.yaml', account('b'));
  await untilAccounts(watched, 'a', 'b');
  assert.equal(changes, 1);
});

test('a mounted ConfigMap, where a link is switched, is seen', LIMIT, async () => {
  for (const version of ['1', '2']) {
    await mkdir(join(folder, `..${version}`));
    await write(`..${version}/a.yaml`, account('a', version));
  }
  await symlink('..1', join(folder, '..data'));
  await symlink('..data/a.yaml', join(folder, 'a.yaml'));
  const watched = await open();
  assert.deepEqual(accounts(watched.current), ['a=1']);
  await symlink('..2', join(folder, '..next'));
  await rename(join(folder, '..next'), join(folder, '..data'));
  await untilAccounts(watched, 'a=2');
});

test('a folder that vanishes keeps its objects, says so, and is found again', LIMIT, async () => {
  const sub = join(folder, 'manifests');
  await mkdir(sub);
  await write('manifests/a.yaml', account('a'));
  const watched = await open(sub);
  await rename(sub, join(folder, 'away'));
  const gone = await until(watched, ({ diagnostics }) => diagnostics.length > 0);
  assert.deepEqual(accounts(gone), ['a']);
  assert.equal(gone.diagnostics[0]?.message, `${sub}: no such folder`);

  await mkdir(sub);
  await write('manifests/a.yaml', account('a', 'new'));
  const back = await untilAccounts(watched, 'a=new');
  assert.deepEqual(back.diagnostics, []);
  // The new folder is watched, not only read again now and then.
  await write('manifests/a.yaml', account('a', 'newer'));
  await untilAccounts(watched, 'a=newer');
});

test('a folder that loses its last manifest is empty and says so', LIMIT, async () => {
  await write('a.yaml', account('a'));
  const watched = await open();
  await unlink(join(folder, 'a.yaml'));
  const empty = await until(watched, ({ resources }) => resources.length === 0);
  assert.deepEqual(
    empty.diagnostics.map(({ reason, message }) => [reason, message]),
    [['NoManifests', `${folder}: no manifests here (*.yaml, *.yml, *.json)`]],
  );
});

test('a folder that is missing or empty at the start is an error that names it', LIMIT, async () => {
  await assert.rejects(new FileProvider(join(folder, 'missing')).ready, {
    message: `${join(folder, 'missing')}: no such folder`,
  });
  await assert.rejects(new FileProvider(folder).ready, {
    message: `${folder}: no manifests here (*.yaml, *.yml, *.json)`,
  });
});

test('Pods that are reported become endpoints, and a list that is wrong changes nothing', LIMIT, async () => {
  await write(
    'a.yaml',
    'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: s}, ports: [{port: 80}]}\n',
  );
  const watched = await open();
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 's-1', labels: { app: 's' } },
    spec: { containers: [{ name: 's' }] },
    status: { podIP: '127.0.0.1' },
  };
  const kinds = () => watched.current.resources.map(({ resource }) => resource.kind);
  assert.equal(watched.setPods([pod]), undefined);
  assert.ok(kinds().includes('EndpointSlice'));

  const before = watched.current;
  assert.equal(watched.setPods([{ ...pod, spec: {} }]), 'Pod [0]: containers is missing');
  assert.equal(watched.setPods([structuredClone(pod)]), undefined);
  assert.equal(watched.current, before);

  assert.equal(watched.setPods([]), undefined);
  assert.ok(!kinds().includes('EndpointSlice'));
});

test('a provider that is closed tells nothing more', LIMIT, async () => {
  await write('a.yaml', account('a'));
  const watched = await open();
  watched.onChange(() => assert.fail('told of a change after it was closed'));
  await write('a.yaml', account('a', 'changed'));
  await watched[Symbol.asyncDispose]();
  assert.deepEqual(accounts(watched.current), ['a']);
});
