// The identity of static mode: PEM files of certificate, key and roots, read again when they change on disk.

import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { StaticConfig } from '@weft/api/proxy-config/types';
import type { Logger } from '@weft/common/logger/logger';
import { type IdentitySource, type MeshIdentity, meshIdentity } from './mesh-identity.ts';

type IdentityFiles = NonNullable<StaticConfig['identity']>;
type IdentityTexts = Readonly<Record<keyof IdentityFiles, string>>;

/** Files that belong together are written one after the other: they are read a moment after the first change. */
const SETTLE_MS = 100;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export class FileIdentity implements IdentitySource, Disposable {
  readonly #files: IdentityFiles;
  readonly #log: Logger;
  readonly #listeners = new Set<(identity: MeshIdentity) => void>();
  readonly #watchers: readonly FSWatcher[];
  #texts: IdentityTexts;
  #current: MeshIdentity;
  #timer: NodeJS.Timeout | undefined;

  /** Throws where the files can not be read or do not fit together. */
  constructor(files: IdentityFiles, log: Logger) {
    this.#files = files;
    this.#log = log;
    this.#texts = this.#read();
    this.#current = identityOfTexts(this.#texts);
    // Folders, since files are replaced by renames and, in Kubernetes' volumes, by a symbolic link beside them.
    const folders = new Set(Object.values(files).map(dirname));
    this.#watchers = [...folders].map((folder) =>
      watch(folder, { persistent: false }, this.#onChange).on('error', (error) =>
        log.warn('the certificate files are watched no longer; restart after they change', { error }),
      ),
    );
  }

  get current(): MeshIdentity {
    return this.#current;
  }

  onRotate(listener: (identity: MeshIdentity) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #onChange = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#readAgain();
    }, SETTLE_MS).unref();
  };

  /** Files that do not fit leave the last good identity. */
  #readAgain(): void {
    try {
      const texts = this.#read();
      if (isSame(texts, this.#texts)) return;
      this.#texts = texts;
      this.#current = identityOfTexts(texts);
    } catch (error) {
      this.#log.warn('the certificate files can not be used (yet); the last good ones are', { error });
      return;
    }
    this.#log.info('certificate files read again', { identity: this.#current.id.uri });
    for (const listener of this.#listeners) listener(this.#current);
  }

  #read(): IdentityTexts {
    const { certificateFile, keyFile, rootsFile } = this.#files;
    return {
      certificateFile: readFileSync(certificateFile, 'utf8'),
      keyFile: readFileSync(keyFile, 'utf8'),
      rootsFile: readFileSync(rootsFile, 'utf8'),
    };
  }
}

function identityOfTexts({ certificateFile, keyFile, rootsFile }: IdentityTexts): MeshIdentity {
  const roots = rootsFile.match(CERTIFICATE) ?? [];
  return meshIdentity({ chain: certificateFile, privateKey: keyFile, roots });
}

function isSame(a: IdentityTexts, b: IdentityTexts): boolean {
  return a.certificateFile === b.certificateFile && a.keyFile === b.keyFile && a.rootsFile === b.rootsFile;
}
