// weft proxy-config: what the control plane gives to one proxy, in the form that `weft proxy --config` runs.

import type { Endpoints, Listener, Outbound, ProxyConfig } from '@weft/api/proxy-config/types';
import { Command } from 'commander';
import type { ApiClient } from '../api-client.ts';
import { localListeners } from '../local/pod-object.ts';
import { toJson, toYaml } from '../output/document.ts';
import { NOTHING } from '../output/quantity.ts';
import { type Style, styleFor } from '../output/style.ts';
import { type Column, table } from '../output/table.ts';
import { UserError } from '../user-error.ts';
import { withApi, withClient, withExamples, withOutput } from './options.ts';

interface ProxyConfigOptions {
  readonly api: string;
  readonly namespace?: string;
  readonly output: 'table' | 'json' | 'yaml';
}

export function proxyConfigCommand(): Command {
  const command = new Command('proxy-config')
    .summary("one proxy's configuration")
    .description("show one proxy's configuration: listeners, routes, clusters, endpoints, inbound policy")
    .argument('<pod>', 'name of the pod, or namespace/name')
    .option('-n, --namespace <name>', 'namespace of the pod');
  withApi(withOutput(command, ['table', 'json', 'yaml']));
  withExamples(command, [
    ['weft proxy-config storefront-0', 'what the sidecar of storefront-0 works by'],
    [
      'weft proxy-config storefront-0 -o yaml > proxy.yaml',
      'a file that `weft proxy --config proxy.yaml` runs',
    ],
  ]);
  return command.action((pod: string, options: ProxyConfigOptions) =>
    withClient(options, async (client) => {
      const id = await findProxy(client, pod, options.namespace);
      const config = await completeConfig(client, id);
      if (options.output === 'json') process.stdout.write(toJson(config));
      else if (options.output === 'yaml') process.stdout.write(toYaml([config]));
      else process.stdout.write(`${configLines(config, styleFor(process.stdout)).join('\n')}\n`);
    }),
  );
}

interface ProxyId {
  readonly namespace: string;
  readonly pod: string;
}

/** The proxy that is meant; the namespace may be left out where the name is enough. */
async function findProxy(client: ApiClient, text: string, namespace: string | undefined): Promise<ProxyId> {
  const wanted = text.includes('/') || namespace === undefined ? text : `${namespace}/${text}`;
  const ids = (await client.proxies()).map(({ id }) => id);
  const found = ids.filter((id) => id === wanted || (!wanted.includes('/') && id.endsWith(`/${wanted}`)));
  const [only, other] = found;
  if (only === undefined) {
    throw new UserError(`there is no proxy "${wanted}"; there are: ${ids.sort().join(', ') || 'none'}`);
  }
  if (other !== undefined)
    throw new UserError(`"${text}" is ${found.join(' and ')}: name one with its namespace`);
  const [of = '', pod = ''] = only.split('/');
  return { namespace: of, pod };
}

/** Listeners are the launcher's, not the control plane's: they stand on the Pod. */
async function completeConfig(client: ApiClient, { namespace, pod }: ProxyId): Promise<ProxyConfig> {
  const config = await client.proxyConfig(namespace, pod);
  if (config.listeners.length > 0) return config;
  const [stored] = await client.resources({ kind: 'Pod', namespace, name: pod });
  return { ...config, listeners: stored ? localListeners(stored.object.metadata) : [] };
}

export function configLines(config: ProxyConfig, style: Style): string[] {
  const listeners: Column<Listener>[] = [
    { heading: 'LISTENER', cell: ({ address, port }) => `${address}:${port}` },
    { heading: 'LEADS TO', cell: ({ inbound, outbound }) => outbound ?? `this workload, port ${inbound}` },
  ];
  const outbounds: Column<Outbound>[] = [
    { heading: 'DESTINATION', cell: ({ name }) => name },
    { heading: 'PROTOCOL', cell: ({ protocol }) => protocol },
    {
      heading: 'RULES',
      cell: ({ rules, tcpRules, invalid }) => {
        if (invalid !== undefined) return style.bad(invalid);
        // Where a port may turn out to be HTTP or not, the Service stands for both.
        const names = new Set([...rules, ...tcpRules].map(({ ref, index }) => `${ref}[${index}]`));
        return [...names].join(', ') || NOTHING;
      },
    },
  ];
  const tls = new Map(config.clusters.map((cluster) => [cluster.name, cluster.tls]));
  const endpoints: Column<Endpoints>[] = [
    { heading: 'CLUSTER', cell: ({ name }) => name },
    {
      heading: 'ENDPOINTS',
      cell: (row) =>
        row.endpoints.map(({ address, port }) => `${address}:${port}`).join(', ') || style.bad('none'),
    },
    { heading: 'TLS', cell: ({ name }) => tls.get(name)?.ref ?? NOTHING },
  ];
  const inbound = (config.inbound?.ports ?? []).map(
    ({ port, protocol, app, mtls, authorization }) =>
      `port ${port} ${protocol} to ${app.address}:${app.port}, mTLS ${mtls.mode}, policies: ` +
      (authorization.map(({ ref }) => ref).join(', ') || 'none'),
  );
  return [
    ...table(listeners, config.listeners, style),
    '',
    ...table(outbounds, config.outbounds, style),
    '',
    ...table(endpoints, config.endpoints, style),
    '',
    style.dim('INBOUND'),
    ...(inbound.length > 0 ? inbound : [NOTHING]),
  ];
}
