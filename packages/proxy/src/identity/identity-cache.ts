// Keeps key, certificate and roots on disk, so that a proxy that starts while the control plane is away still
// serves. One file, replaced by rename: key and certificate are never from different times.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replacePrivateFile } from '@weft/common/private-file';
import { type IdentityMaterial, type MeshIdentity, meshIdentity } from './mesh-identity.ts';

export class IdentityCache {
  readonly #file: string;

  /** `directory` is the bootstrap's cacheDir; it is made with mode 0700 where it is missing. */
  constructor(directory: string) {
    this.#file = join(directory, 'identity.json');
  }

  /** Undefined where there is no file. Throws where it can not be used; the message names it. */
  load(): MeshIdentity | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return meshIdentity(JSON.parse(text) as IdentityMaterial);
    } catch (error) {
      throw new Error(`${this.#file}: ${(error as Error).message}`, { cause: error });
    }
  }

  async save({ privateKey, chain, roots }: IdentityMaterial): Promise<void> {
    await replacePrivateFile(this.#file, `${JSON.stringify({ privateKey, chain, roots })}\n`);
  }
}
