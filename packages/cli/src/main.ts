// The `weft` command: runs what the arguments name and turns its outcome into an exit code.
//   0 done · 1 it failed · 2 it was called wrongly. Data goes to standard output, talk to standard error.

import { reportError } from './user-error.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has seen enough (`weft get … | head`).
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const args = process.argv.slice(2);
try {
  process.exitCode = await main(args);
} catch (error) {
  process.exitCode = reportError(error);
}

async function main([verb, flag, file, ...rest]: string[]): Promise<number> {
  // There is a sidecar for each workload: it pays neither time nor memory (24 MiB) for the tree of commands.
  const kind = flag === '--bootstrap' ? 'mesh' : flag === '--config' ? 'static' : undefined;
  if (verb === 'proxy' && kind !== undefined && file !== undefined && rest.length === 0) {
    const { runProxy } = await import('./process/proxy.ts');
    return runProxy({ kind, file });
  }
  const { run } = await import('./program.ts');
  return run(args);
}
