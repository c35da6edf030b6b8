// The last text without a mistake of each manifest file, on disk: a control plane that starts again while a file is
// broken goes on with its last good version, as it would have without the restart.

import { readFileSync } from 'node:fs';
import type { Logger } from '@weft/common/logger/logger';
import { replacePrivateFile } from '@weft/common/private-file';
import type { FolderState } from './last-good.ts';

export class KeptTexts implements AsyncDisposable {
  readonly #file: string;
  readonly #log: Logger;
  /** By path. */
  #texts: ReadonlyMap<string, string>;
  #writing: Promise<void> = Promise.resolve();

  /** Reads what was kept in `file`; what can not be read is reported and begun anew. */
  constructor(file: string, log: Logger) {
    this.#file = file;
    this.#log = log;
    this.#texts = this.#read();
  }

  get(path: string): string | undefined {
    return this.#texts.get(path);
  }

  /** Keeps the files that are right now; of the others what was kept before; of those that are gone nothing. */
  keep({ files }: FolderState): void {
    const texts = new Map<string, string>();
    for (const [path, { text, diagnostics }] of files) {
      const isRight = diagnostics.every(({ severity }) => severity !== 'error');
      const kept = isRight ? text : this.#texts.get(path);
      if (kept !== undefined) texts.set(path, kept);
    }
    if (isSame(texts, this.#texts)) return;
    this.#texts = texts;
    const content = JSON.stringify(Object.fromEntries(texts));
    this.#writing = this.#writing
      .then(() => replacePrivateFile(this.#file, content))
      .catch((error) => this.#log.warn('the manifests could not be kept for a restart', { error }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
  }

  #read(): ReadonlyMap<string, string> {
    try {
      const texts = JSON.parse(readFileSync(this.#file, 'utf8')) as Readonly<Record<string, string>>;
      return new Map(Object.entries(texts));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.#log.warn('the kept manifests are not used', { file: this.#file, error });
      }
      return new Map();
    }
  }
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);
}
