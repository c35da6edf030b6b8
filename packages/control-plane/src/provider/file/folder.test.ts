import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readFolder } from './folder.ts';

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-folder-'));
});

after(() => rm(folder, { recursive: true }));

test('manifests are found in subfolders, in the order of their paths; other files are not', async () => {
  const root = join(folder, 'nested');
  for (const path of ['b/c', '.git', 'node_modules/x']) await mkdir(join(root, path), { recursive: true });
  const found = ['a.yml', 'b.json', 'b/c/d.yaml', 'z.yaml'];
  const skipped = [
    '.hidden.yaml',
    '.git/config.yaml',
    'node_modules/x/a.yaml',
    'a.yaml~',
    'README.md',
    'a.ts',
  ];
  for (const path of [...found, ...skipped]) await writeFile(join(root, path), path);

  const entered: string[] = [];
  const reading = await readFolder(root, (path) => entered.push(path));
  assert.ok(reading.kind === 'read');
  assert.deepEqual(
    reading.files,
    found.map((path) => ({ path: join(root, path), text: path })),
  );
  assert.deepEqual(entered.sort(), [root, join(root, 'b'), join(root, 'b/c')]);
});

test('links to files are followed, links to folders are not', async () => {
  const root = join(folder, 'links');
  await mkdir(join(root, 'sub'), { recursive: true });
  await writeFile(join(root, 'target'), 'text');
  await symlink('target', join(root, 'link.yaml'));
  await symlink('nowhere', join(root, 'broken.yaml'));
  await symlink('..', join(root, 'sub/circle'));
  const reading = await readFolder(root);
  assert.deepEqual(reading, { kind: 'read', files: [{ path: join(root, 'link.yaml'), text: 'text' }] });
});

test('a folder that is not there, or is a file, is told in one line', async () => {
  const missing = join(folder, 'missing');
  assert.deepEqual(await readFolder(missing), { kind: 'failed', message: `${missing}: no such folder` });
  const file = join(folder, 'file.yaml');
  await writeFile(file, '');
  assert.deepEqual(await readFolder(file), { kind: 'failed', message: `${file}: not a folder` });
});

test('a file that cannot be read is told, and the others are read', {
  skip: process.platform !== 'linux',
}, async () => {
  const root = join(folder, 'unreadable');
  await mkdir(root);
  await writeFile(join(root, 'b.yaml'), 'text');
  // Permissions would not keep root out, this does: address 0 of a process is never mapped.
  await symlink('/proc/self/mem', join(root, 'a.yaml'));
  const reading = await readFolder(root);
  assert.ok(reading.kind === 'read');
  const [first, second] = reading.files;
  assert.equal(first?.text, undefined);
  assert.equal(first?.diagnostic?.reason, 'UnreadableFile');
  assert.equal(first?.diagnostic?.file, join(root, 'a.yaml'));
  assert.equal(second?.text, 'text');
});
