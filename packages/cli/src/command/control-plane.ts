// weft control-plane: the control plane of a mesh whose objects are in a folder.

import { Command, Option } from 'commander';
import type { ControlPlaneFlags } from '../process/control-plane.ts';
import { duration, portNumber, withExamples } from './options.ts';

interface ControlPlaneOptions extends Omit<ControlPlaneFlags, 'certificateTtlMs'> {
  readonly certificateTtl: number;
}

const DAY_MS = 24 * 3_600_000;

export function controlPlaneCommand(): Command {
  const command = new Command('control-plane')
    .summary('run a control plane')
    .description('run the control plane: read manifests, configure proxies over xDS, sign their certificates')
    .requiredOption('--folder <folder>', 'folder with manifests, watched')
    .requiredOption(
      '--data <folder>',
      'folder of mode 0700 for the CA root and secrets; made where it is missing',
    )
    .option('--api-port <port>', 'port of the API on 127.0.0.1', portNumber, 15010)
    .option('--xds-port <port>', 'port of xDS and certificate signing (TLS)', portNumber, 15012)
    .option('--metrics-port <port>', 'port of metrics and health', portNumber, 15014)
    .addOption(
      new Option('--certificate-ttl <duration>', 'life of workload certificates')
        .argParser(duration)
        .default(DAY_MS, '24h')
        .env('WEFT_CERTIFICATE_TTL'),
    )
    .option('--await-pods', 'serve proxies only once a launcher has told which pods run');
  withExamples(command, [
    [
      'weft control-plane --folder manifests --data /var/lib/weft',
      'what `weft up` starts, without the workloads',
    ],
  ]);
  return command.action(async ({ certificateTtl, ...flags }: ControlPlaneOptions) => {
    const { runControlPlane } = await import('../process/control-plane.ts');
    process.exitCode = await runControlPlane({ ...flags, certificateTtlMs: certificateTtl });
  });
}
