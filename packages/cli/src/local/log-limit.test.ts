import assert from 'node:assert/strict';
import { appendFileSync, closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManifestFolder } from '../testing/local-mesh.ts';
import { emptyLargeLogs } from './log-limit.ts';

test('a log over the limit starts again, and its writer goes on at the new end', async () => {
  using folder = new ManifestFolder({ 'small.log': 'kept' });
  const large = join(folder.path, 'large.log');
  const writer = openSync(large, 'a');
  appendFileSync(large, 'x'.repeat(100));
  await emptyLargeLogs(folder.path, 50);
  writeSync(writer, 'after');
  closeSync(writer);
  assert.equal(readFileSync(large, 'utf8'), 'after');
  assert.equal(readFileSync(join(folder.path, 'small.log'), 'utf8'), 'kept');
});
