import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { buildBundle } from './build.ts';

const CHECKOUT = resolve(import.meta.dirname, '../../../..');

test('the bundle runs, and equal content is bundled once', async () => {
  // Where npm packages are found from: they are not in the bundle.
  const folder = join(CHECKOUT, '.weft', 'build');
  const main = await buildBundle(folder);
  assert.match(execFileSync(process.execPath, [main, 'version'], { encoding: 'utf8' }), /^weft \d/);
  assert.equal(await buildBundle(folder), main);
});
