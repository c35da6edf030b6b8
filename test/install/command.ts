// Runs the command line of an installer: quiet where it works, its own messages shown where it does not.
import { spawnSync } from 'node:child_process';
import { Unavailable } from './unavailable.ts';

/** Its standard output is dropped. `environment` is added to our own. */
export function runInstaller(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): void {
  const { status, error } = spawnSync(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status === 0) return;
  const why = error === undefined ? 'its message is above' : error.message;
  throw new Unavailable(`'${program} ${args.join(' ')}' failed (${why}): is the registry reachable?`);
}
