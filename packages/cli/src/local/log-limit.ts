// Keeps the logs of a mesh that runs for days from filling the disk (or the memory, where the data folder is there).

import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

const LIMIT_BYTES = 8 * 1024 * 1024;
const PERIOD_MS = 30_000;

/** Looks now and then until disposed. */
export function limitLogs(folder: string): Disposable {
  const timer = setInterval(() => void emptyLargeLogs(folder, LIMIT_BYTES).catch(() => {}), PERIOD_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** A log over the limit starts again from nothing: its writers append, so they go on at the new end. */
export async function emptyLargeLogs(folder: string, limitBytes: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { size } = await stat(path);
    if (size > limitBytes) await truncate(path);
  }
}
