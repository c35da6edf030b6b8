// weft up: a whole mesh on this machine from a folder of manifests.

import { Command } from 'commander';
import { duration, portNumber, withExamples } from './options.ts';

interface UpOptions {
  readonly for?: number;
  readonly apiPort: number;
}

export function upCommand(): Command {
  const command = new Command('up')
    .summary('run a folder of manifests as a mesh on this machine')
    .description(
      'run the workloads of a folder of Kubernetes manifests as processes, each with its own sidecar, in a mesh on ' +
        'this machine: no cluster, no root, no containers. Saved changes take effect at once; Ctrl-C ends it all',
    )
    .argument('<folder>', 'folder with manifests (*.yaml, *.yml, *.json), watched while the mesh runs')
    .option(
      '--for <duration>',
      'run so long (20s, 5m) once everything is ready, print the tables, end',
      duration,
    )
    .option('--api-port <port>', "port of the control plane's API on 127.0.0.1", portNumber, 15010);
  withExamples(command, [
    ['weft up examples/bookshop', 'the example, with a live table'],
    ['weft up examples/bookshop --for 20s', 'in a script: exit code 1 where a workload failed'],
    ['weft up ./manifests --api-port 16010', 'a second mesh beside the first'],
  ]);
  return command.action(async (folder: string, options: UpOptions) => {
    const { up } = await import('../local/up.ts');
    process.exitCode = await up(folder, {
      apiPort: options.apiPort,
      ...(options.for === undefined ? {} : { forMs: options.for }),
    });
  });
}
