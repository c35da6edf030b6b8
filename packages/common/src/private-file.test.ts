import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { replacePrivateFile } from './private-file.ts';

test('the file and its folder are for us alone, and the content is replaced whole', async () => {
  const root = await mkdtemp(join(tmpdir(), 'weft-private-'));
  try {
    const folder = join(root, 'a', 'b');
    const file = join(folder, 'secret');
    await replacePrivateFile(file, 'first, and longer');
    await replacePrivateFile(file, 'second');
    assert.equal(await readFile(file, 'utf8'), 'second');
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['secret']);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('a write that fails leaves the old content and nothing beside it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'weft-private-'));
  try {
    const file = join(root, 'folder');
    await replacePrivateFile(join(file, 'inside'), 'x');
    // A folder can not be replaced by a file.
    await assert.rejects(replacePrivateFile(file, 'y'));
    assert.deepEqual(await readdir(root), ['folder']);
  } finally {
    await rm(root, { recursive: true });
  }
});
