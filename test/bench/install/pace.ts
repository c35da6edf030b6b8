// Compiles the open-loop client.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../install/folders.ts';
import { scratchFolder } from '../workspace.ts';

/** Compiled anew in each run: it takes a moment, and never runs an older source. Returns the program's path. */
export function buildPace(): string {
  const program = join(scratchFolder('tools'), 'pace');
  const source = join(ROOT, 'test', 'bench', 'client', 'pace.c');
  const { status } = spawnSync('cc', ['-O2', '-o', program, source], { stdio: 'inherit' });
  if (status !== 0) throw new Error('client/pace.c could not be compiled: the message of cc is above');
  return program;
}
