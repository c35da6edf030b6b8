// The CLI as a person runs it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Command line of Weft from its sources: program first. */
export function weftCommand(...args: string[]): [string, ...string[]] {
  return [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, ...args];
}

/** Runs a command to its end. */
export async function weft(...args: string[]): Promise<Outcome> {
  const [program, ...rest] = weftCommand(...args);
  const child = spawn(program, rest, {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}
