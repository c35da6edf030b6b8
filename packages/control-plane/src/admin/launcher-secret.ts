// The secret by which the local mesh's launcher proves itself to the control plane that it started: a file in a
// folder that only the user can read.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const LAUNCHER_SECRET_FILE = 'launcher-secret';

/** The secret in this folder, made on first use; the folder and file are the user's alone. */
export async function launcherSecret(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, LAUNCHER_SECRET_FILE);
  const secret = randomBytes(32).toString('base64url');
  try {
    // `wx`: whoever was first has made it, also when the launcher did before it started us.
    await writeFile(file, `${secret}\n`, { flag: 'wx', mode: 0o600 });
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const known = (await readFile(file, 'utf8')).trim();
  if (known === '') throw new Error(`${file} is empty: delete it and start again`);
  return known;
}
