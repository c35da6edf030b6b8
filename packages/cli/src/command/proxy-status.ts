// weft proxy-status: which proxies are connected and what they have accepted.

import type { ProxyStatus } from '@weft/api/control-plane-api';
import { Command } from 'commander';
import { toJson, toYaml } from '../output/document.ts';
import { formatAge, NOTHING } from '../output/quantity.ts';
import { type Style, styleFor } from '../output/style.ts';
import { type Column, table } from '../output/table.ts';
import { withApi, withClient, withExamples, withOutput } from './options.ts';

interface ProxyStatusOptions {
  readonly api: string;
  readonly output: 'table' | 'json' | 'yaml';
}

export function proxyStatusCommand(): Command {
  const command = new Command('proxy-status')
    .summary('connection, accepted configuration and certificate of each proxy')
    .description('show every proxy: connection, accepted configuration, certificate, and what it refused');
  withApi(withOutput(command, ['table', 'json', 'yaml']));
  withExamples(command, [['weft proxy-status', 'who is out of date, and why']]);
  return command.action((options: ProxyStatusOptions) =>
    withClient(options, async (client) => {
      const proxies = await client.proxies();
      if (options.output === 'json') return void process.stdout.write(toJson(proxies));
      if (options.output === 'yaml') return void process.stdout.write(toYaml([proxies]));
      const lines = proxyStatusLines(proxies, Date.now(), styleFor(process.stdout));
      process.stdout.write(`${lines.join('\n')}\n`);
    }),
  );
}

/** A table, then the last refusal of each proxy that has one. `now`: epoch milliseconds. */
export function proxyStatusLines(proxies: readonly ProxyStatus[], now: number, style: Style): string[] {
  const columns: Column<ProxyStatus>[] = [
    { heading: 'PROXY', cell: ({ id }) => id },
    { heading: 'STATE', cell: (proxy) => state(proxy, style) },
    { heading: 'ACCEPTED', cell: ({ acked, subscribed }) => `${acked}/${subscribed}`, align: 'right' },
    { heading: 'SINCE', cell: ({ since }) => formatAge(now - Date.parse(since)), align: 'right' },
    {
      heading: 'CERTIFICATE',
      cell: ({ certificate }) =>
        certificate
          ? `${certificate.identity} ${style.dim(`for ${formatAge(Date.parse(certificate.notAfter) - now)}`)}`
          : NOTHING,
    },
  ];
  const refusals = proxies.flatMap(({ id, nacks }) =>
    nacks.slice(-1).map(({ type, name, field, message }) => {
      const what = [`${type} ${name}`, field].filter(Boolean).join(' ');
      return `${style.bad('refused')} by ${id}: ${what}: ${message}`;
    }),
  );
  return [...table(columns, proxies, style), ...(refusals.length > 0 ? ['', ...refusals] : [])];
}

function state({ connected, synced, nacks }: ProxyStatus, style: Style): string {
  if (!connected) return style.bad('disconnected');
  if (synced) return style.good('synced');
  return nacks.length > 0 ? style.bad('refused') : style.warn('updating');
}
