import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LAUNCHER_SECRET_FILE, launcherSecret } from './launcher-secret.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'weft-secret-'));
  t.after(() => rm(path, { recursive: true }));
  return join(path, 'data');
}

test('the secret is made once, in a file of the user alone', async (t) => {
  const dataDir = await folder(t);
  const secret = await launcherSecret(dataDir);
  assert.match(secret, /^[\w-]{43}$/);
  assert.equal(await launcherSecret(dataDir), secret);
  assert.equal((await readFile(join(dataDir, LAUNCHER_SECRET_FILE), 'utf8')).trim(), secret);
  assert.equal((await stat(dataDir)).mode & 0o777, 0o700);
  assert.equal((await stat(join(dataDir, LAUNCHER_SECRET_FILE))).mode & 0o777, 0o600);
});

test('an empty file is no secret', async (t) => {
  const dataDir = await folder(t);
  await launcherSecret(dataDir);
  await writeFile(join(dataDir, LAUNCHER_SECRET_FILE), '\n');
  await assert.rejects(launcherSecret(dataDir), /is empty: delete it/);
});
