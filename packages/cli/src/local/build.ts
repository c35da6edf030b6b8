// Bundles Weft once for each content of the checkout, since a mesh on a laptop starts it a dozen times: one file to
// read and compile in place of hundreds to strip of types. npm packages stay outside and are loaded as usual.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { OutputFile, Plugin } from 'esbuild';

const SOURCE_ROOT = resolve(import.meta.dirname, '..');
const CHECKOUT = resolve(SOURCE_ROOT, '../../..');
const ENTRY = join(SOURCE_ROOT, 'main.ts');
const UNUSED_AFTER_MS = 24 * 3_600_000;

/**
 * The young generation grows with what is in flight, to 50 MiB and more under load, and gives nothing back; with 4 MiB
 * a request costs the same (docs/reference/performance.md).
 */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'];

/** How Weft's own processes are started: `[...command, 'proxy', '--bootstrap', FILE]`. */
export interface WeftCommand {
  readonly command: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Bundles where that is possible, else the sources as they are: slower, never wrong. */
export async function weftCommand(): Promise<WeftCommand> {
  const node = [process.execPath, ...NODE_FLAGS];
  // Shipped Weft is a bundle itself.
  if (!existsSync(ENTRY)) return { command: [...node, process.argv[1] ?? ''], environment: process.env };
  const cache = join(CHECKOUT, '.weft');
  const bundle = await buildBundle(join(cache, 'build')).catch(() => undefined);
  const environment = { ...process.env, NODE_COMPILE_CACHE: join(cache, 'compile-cache') };
  return { command: [...node, bundle ?? ENTRY], environment };
}

/** Path of the bundled main file; rejects where esbuild is missing or the folder cannot be written. */
export async function buildBundle(folder: string): Promise<string> {
  const esbuild = await import('esbuild');
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: { weft: ENTRY },
      outdir: folder,
      bundle: true,
      splitting: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      // Names stay: stack traces and function names are read by people.
      minifySyntax: true,
      minifyWhitespace: true,
      logLevel: 'silent',
      plugins: [ownCodeOnly],
    });
    return await store(folder, outputFiles);
  } finally {
    await esbuild.stop();
  }
}

const ownCodeOnly: Plugin = {
  name: 'own-code-only',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@weft/') ? undefined : { path, external: true },
    );
  },
};

/** Writes the bundle under the hash of its content; several processes may do so at once. */
async function store(folder: string, files: readonly OutputFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(basename(file.path)).update(file.contents);
  const target = join(folder, hash.digest('hex').slice(0, 16));
  const main = join(target, 'weft.js');
  if (existsSync(main)) return main;
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(join(folder, 'new-'));
  await writeFile(join(temporary, 'package.json'), '{"type":"module"}\n');
  for (const file of files) {
    const path = join(temporary, file.path.slice(folder.length + 1));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.contents);
  }
  // Somebody else's bundle of the same content is as good: the rename then fails, and its folder is there.
  await rename(temporary, target).catch(() => rm(temporary, { recursive: true, force: true }));
  await removeUnused(folder, target);
  return main;
}

/** Bundles of older contents; a mesh that still runs from one keeps it for a day. */
async function removeUnused(folder: string, current: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (path === current) continue;
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > UNUSED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}
