// weft proxy: one sidecar or gateway, configured by a file or by a control plane.

import { Command, Option } from 'commander';
import { UserError } from '../user-error.ts';
import { withExamples } from './options.ts';

interface ProxyOptions {
  readonly config?: string;
  readonly bootstrap?: string;
}

export function proxyCommand(): Command {
  const command = new Command('proxy')
    .summary('run a sidecar or gateway')
    .description(
      'run a proxy: from a file (static mode), or with the control plane that a bootstrap file names',
    )
    .option('--config <file>', 'a ProxyConfig in YAML or JSON; no control plane is used')
    .addOption(new Option('--bootstrap <file>', 'a ProxyBootstrap in JSON').conflicts('config'));
  withExamples(command, [
    ['weft proxy --config proxy.yaml', 'static mode: hosts, tests, benchmarks'],
    ['weft proxy --bootstrap /etc/weft/bootstrap.json', 'a sidecar of a mesh'],
  ]);
  return command.action(async ({ config, bootstrap }: ProxyOptions) => {
    const { runProxy } = await import('../process/proxy.ts');
    if (config !== undefined) process.exitCode = await runProxy({ kind: 'static', file: config });
    else if (bootstrap !== undefined) process.exitCode = await runProxy({ kind: 'mesh', file: bootstrap });
    else throw new UserError('say --config FILE or --bootstrap FILE', 2);
  });
}
