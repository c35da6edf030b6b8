// Where the certificate authority's root is kept: a folder on this machine (local mesh); a Secret later.

import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface StoredRoot {
  /** PEM */
  readonly certificate: string;
  /** PKCS #8 PEM */
  readonly privateKey: string;
}

export interface RootStore {
  /** In words, for messages: a folder or a Secret's name. */
  readonly place: string;
  /** Undefined where there is none yet. */
  load(): Promise<StoredRoot | undefined>;
  /** Keeps a new root; false where another process has kept one meanwhile (load that one then). */
  create(root: StoredRoot): Promise<boolean>;
}

/** A folder of mode 0700, made where it is missing, with one file of mode 0600: certificate and key in one. */
export function folderRootStore(directory: string): RootStore {
  const file = join(directory, 'root.pem');
  return {
    place: directory,
    async load() {
      const pem = await readIfThere(file);
      if (pem === undefined) return undefined;
      await refuseIfOthersMayRead(directory);
      await refuseIfOthersMayRead(file);
      return splitPem(pem, file);
    },
    async create({ certificate, privateKey }) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await refuseIfOthersMayRead(directory);
      const temporary = `${file}.${randomUUID()}`;
      await writeFile(temporary, certificate + privateKey, { mode: 0o600, flush: true });
      try {
        // A link appears whole and never replaces: of two control planes that start at once, one makes the root
        // and the other takes it.
        await link(temporary, file);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      } finally {
        await rm(temporary);
      }
    },
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function refuseIfOthersMayRead(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new Error(
      `${path} is open to other users (mode ${(mode & 0o777).toString(8)}) and holds the mesh's root key: ` +
        `run chmod go-rwx ${path}, and delete the folder to get a new root where others may have read it`,
    );
  }
}

function splitPem(pem: string, file: string): StoredRoot {
  const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(pem)?.[0];
  const privateKey = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/.exec(pem)?.[0];
  if (certificate === undefined || privateKey === undefined) {
    throw new Error(`${file} does not hold a certificate and a key in PEM: delete it to get a new root`);
  }
  return { certificate, privateKey };
}
