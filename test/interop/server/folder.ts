// A temporary folder that belongs to the user whom a server runs as.

import { spawnSync } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ServerFolder extends AsyncDisposable {
  readonly path: string;
}

export async function makeServerFolder(name: string, user: string): Promise<ServerFolder> {
  const path = await mkdtemp(join(tmpdir(), `weft-${name}-`));
  if (process.getuid?.() === 0) await chown(path, idOf(user, '-u'), idOf(user, '-g'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

function idOf(user: string, flag: '-u' | '-g'): number {
  const { status, stdout } = spawnSync('id', [flag, user], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`there is no user ${user} on this machine`);
  return Number(stdout);
}
