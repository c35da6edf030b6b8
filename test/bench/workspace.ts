// Where the bench keeps what it makes: built tools, certificates, configurations, logs. All below the ignored
// folder .weft/bench of the checkout, so that removing that folder is a complete clean-up.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const BENCH = join(ROOT, '.weft', 'bench');

/** A folder below the bench's folder; it exists afterwards. */
export function scratchFolder(name: string): string {
  const path = join(BENCH, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Writes a file below the bench's folder and returns its path. */
export function writeScratch(folder: string, name: string, text: string): string {
  const path = join(scratchFolder(folder), name);
  // Keys are among them: nobody else reads any of it.
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
