// Where programs of the tests keep what they install and make: below the ignored folder .weft of the checkout, one
// folder for each (`bench`, `interop`), so that removing that folder is a complete clean-up.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The checkout's root. */
export const ROOT = resolve(import.meta.dirname, '..', '..');

/** A folder below the one of `area`; it exists afterwards. */
export function scratchFolder(area: string, ...names: readonly string[]): string {
  const path = join(ROOT, '.weft', area, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}
