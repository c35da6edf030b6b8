// weft status: is the mesh well, and if not, what is wrong and where.

import type { MeshStatus, WorkloadStatus } from '@weft/api/control-plane-api';
import { Command } from 'commander';
import { diagnosticLine } from '../output/diagnostic.ts';
import { toJson, toYaml } from '../output/document.ts';
import { count } from '../output/quantity.ts';
import { type Style, styleFor } from '../output/style.ts';
import { type Column, table } from '../output/table.ts';
import { withApi, withClient, withExamples, withOutput } from './options.ts';

interface StatusOptions {
  readonly api: string;
  readonly output: 'table' | 'json' | 'yaml';
}

export function statusCommand(): Command {
  const command = new Command('status')
    .summary('is the mesh well, and if not, what is wrong and where')
    .description(
      'show the mesh, its workloads, and what is wrong with file, line and field; exit code 1 where something is',
    );
  withApi(withOutput(command, ['table', 'json', 'yaml']));
  withExamples(command, [
    ['weft status', 'after saving a manifest'],
    ["weft status -o json | jq '.diagnostics'", 'the problems for a script'],
  ]);
  return command.action((options: StatusOptions) =>
    withClient(options, async (client) => {
      const status = await client.status();
      if (options.output === 'json') process.stdout.write(toJson(status));
      else if (options.output === 'yaml') process.stdout.write(toYaml([status]));
      else process.stdout.write(`${statusLines(status, styleFor(process.stdout)).join('\n')}\n`);
      process.exitCode = isWell(status) ? 0 : 1;
    }),
  );
}

/** Every replica is ready and nothing that was written is in error. */
export function isWell({ diagnostics, workloads }: MeshStatus): boolean {
  return (
    diagnostics.every(({ severity }) => severity !== 'error') &&
    workloads.every(({ ready, replicas }) => ready >= replicas)
  );
}

export function statusLines(status: MeshStatus, style: Style): string[] {
  const { counts, provider, workloads, diagnostics } = status;
  const amounts = [
    count(counts.services, 'service'),
    count(counts.workloads, 'workload'),
    count(counts.routes, 'route'),
    counts.policies === 1 ? '1 policy' : `${counts.policies} policies`,
    counts.proxies === 1 ? '1 proxy' : `${counts.proxies} proxies`,
  ];
  const columns: Column<WorkloadStatus>[] = [
    { heading: 'WORKLOAD', cell: ({ namespace, name }) => `${namespace}/${name}` },
    { heading: 'VERSION', cell: ({ version }) => version },
    { heading: 'READY', cell: (workload) => readiness(workload, style), align: 'right' },
    { heading: 'PROXIES', cell: ({ proxies }) => String(proxies), align: 'right' },
    { heading: 'MESSAGE', cell: ({ message = '' }) => style.bad(message) },
  ];
  const problems = diagnostics.map((diagnostic) => diagnosticLine(diagnostic, style));
  return [
    `${style.bold('weft')} ${status.version}, trust domain ${status.trustDomain}, from ${provider.source}`,
    style.dim(amounts.join(' · ')),
    '',
    ...table(columns, workloads, style),
    '',
    ...(problems.length > 0
      ? [style.bold(count(problems.length, 'problem')), ...problems]
      : ['No problems.']),
  ];
}

function readiness({ ready, replicas }: WorkloadStatus, style: Style): string {
  const text = `${ready}/${replicas}`;
  return ready < replicas ? style.bad(text) : text;
}
