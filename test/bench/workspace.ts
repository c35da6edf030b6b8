// Where the bench keeps what it makes: built tools, certificates, configurations, logs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as install from '../install/folders.ts';

/** A folder below the bench's folder; it exists afterwards. */
export function scratchFolder(name: string): string {
  return install.scratchFolder('bench', name);
}

/** Writes a file below the bench's folder and returns its path. */
export function writeScratch(folder: string, name: string, text: string): string {
  const path = join(scratchFolder(folder), name);
  // Keys are among them: nobody else reads any of it.
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
