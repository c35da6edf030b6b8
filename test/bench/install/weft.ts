// Weft as `weft up` runs it: the same bundle, on a Node binary of its own.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle } from '@weft/cli/local/build';
import { ROOT } from '../../install/folders.ts';
import { scratchFolder } from '../workspace.ts';

let bundling: Promise<string> | undefined;

/** Bundles Weft once in a run and returns the main file. */
export function weftBundle(): Promise<string> {
  bundling ??= buildBundle(scratchFolder('build'));
  return bundling;
}

/**
 * A copy of the Node that runs the bench. Its code is shared memory, which PSS splits among all that run the same
 * file: with the bench itself on that file, half of it would be missing from the proxy's account.
 */
export function weftNode(): string {
  const copy = join(scratchFolder('tools'), `node-${process.version}`);
  if (!existsSync(copy)) {
    // Under its name only when it is whole.
    copyFileSync(process.execPath, `${copy}.part`);
    renameSync(`${copy}.part`, copy);
  }
  return copy;
}

export function weftVersion(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const git = spawnSync('git', ['-C', ROOT, 'describe', '--always', '--dirty'], { encoding: 'utf8' });
  const commit = git.status === 0 ? `, commit ${git.stdout.trim()}` : '';
  return `Weft ${version}${commit}, Node ${process.versions.node}`;
}
