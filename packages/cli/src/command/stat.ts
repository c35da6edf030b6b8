// weft stat: golden signals of each service's versions.

import { Command } from 'commander';
import { toJson, toYaml } from '../output/document.ts';
import { styleFor } from '../output/style.ts';
import { statTable } from '../view/mesh-table.ts';
import { withApi, withClient, withExamples, withNamespace, withOutput } from './options.ts';

interface StatOptions {
  readonly api: string;
  readonly namespace?: string;
  readonly output: 'table' | 'wide' | 'json' | 'yaml';
}

export function statCommand(): Command {
  const command = new Command('stat')
    .summary('traffic, success and latency of each service')
    .description(
      'show traffic, success and latency of each service over the last 10 s, as its own sidecars see it',
    );
  withApi(withNamespace(withOutput(command, ['table', 'wide', 'json', 'yaml'])));
  withExamples(command, [
    ['weft stat -n bookshop', 'one namespace'],
    ['weft stat -o wide', 'with p95, bytes and totals'],
    ['watch -n 1 weft stat', 'again every second'],
  ]);
  return command.action((options: StatOptions) =>
    withClient(options, async (client) => {
      const rows = (await client.stat()).filter(
        ({ namespace }) => options.namespace === undefined || namespace === options.namespace,
      );
      if (options.output === 'json') return void process.stdout.write(toJson(rows));
      if (options.output === 'yaml') return void process.stdout.write(toYaml([rows]));
      const namespaces = new Set(rows.map(({ namespace }) => namespace)).size > 1;
      const lines = statTable(rows, styleFor(process.stdout), {
        namespaces,
        wide: options.output === 'wide',
      });
      process.stdout.write(`${lines.join('\n')}\n`);
    }),
  );
}
