// All manifest texts of a folder and its subfolders, in the order of their paths.

import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Diagnostic } from '@weft/api/control-plane-api';

const EXTENSIONS = new Set(['.yaml', '.yml', '.json']);

export interface FolderFile {
  /** The folder as the user named it, and the way from there. */
  readonly path: string;
  /** Absent: not known; what was there before counts. */
  readonly text?: string;
  /** Set where the file cannot be read. The path may then be that of a folder. */
  readonly diagnostic?: Diagnostic;
}

export type FolderReading =
  | { readonly kind: 'read'; readonly files: readonly FolderFile[] }
  /** The folder itself cannot be read. */
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Folders that begin with a dot, and node_modules, are left out.
 * @param enter Called with each folder before it is listed: whoever watches misses nothing if it starts there.
 */
export async function readFolder(folder: string, enter?: (folder: string) => void): Promise<FolderReading> {
  const files: FolderFile[] = [];
  try {
    await readInto(files, folder, enter);
  } catch (error) {
    return { kind: 'failed', message: `${folder}: ${reasonOf(error, 'folder')}` };
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { kind: 'read', files };
}

async function readInto(
  files: FolderFile[],
  folder: string,
  enter: ((folder: string) => void) | undefined,
): Promise<void> {
  enter?.(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const type = await typeOf(entry, path);
    if (type === 'folder') {
      try {
        await readInto(files, path, enter);
      } catch (error) {
        // Gone again since it was listed: that is no error, and the watcher has seen it.
        if (!isGone(error)) files.push(unreadable(path, error, 'folder'));
      }
    } else if (type === 'file' && EXTENSIONS.has(extname(entry.name))) {
      try {
        files.push({ path, text: await readFile(path, 'utf8') });
      } catch (error) {
        if (!isGone(error)) files.push(unreadable(path, error, 'file'));
      }
    }
  }
}

/**
 * Symbolic links to files are followed (a mounted ConfigMap consists of them), those to folders are not: they can
 * lead in a circle.
 */
async function typeOf(entry: Dirent, path: string): Promise<'file' | 'folder' | 'other'> {
  if (entry.isSymbolicLink()) {
    const isFile = await stat(path).then(
      (target) => target.isFile(),
      () => false,
    );
    return isFile ? 'file' : 'other';
  }
  return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';
}

function unreadable(path: string, error: unknown, what: string): FolderFile {
  const message = `the ${what} cannot be read: ${reasonOf(error, what)}`;
  return { path, diagnostic: { severity: 'error', reason: 'UnreadableFile', message, file: path } };
}

function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function reasonOf(error: unknown, what: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return `no such ${what}`;
    case 'ENOTDIR':
      return 'not a folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    default:
      return (error as Error).message;
  }
}
