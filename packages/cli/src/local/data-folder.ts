// The local mesh's own folder: CA, secrets, bootstraps, caches and logs. Mode 0700, made anew for each run and
// removed with it (orphan-guard.ts).

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class DataFolder {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** In $XDG_RUNTIME_DIR, which is the user's own and goes with the session; else in the temporary folder. */
  static async create(): Promise<DataFolder> {
    const runtime = process.env['XDG_RUNTIME_DIR'];
    const parent = runtime && existsSync(runtime) ? runtime : tmpdir();
    const data = new DataFolder(await mkdtemp(join(parent, 'weft-')));
    for (const name of ['proxies', 'caches', 'logs']) await data.folder(name);
    return data;
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  async folder(...parts: string[]): Promise<string> {
    const path = this.path(...parts);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }
}
