// Two sidecars with certificates: the client's listens on `out`, the server's on `in`.

import { clusterLists, inboundConfig, type Sidecar, startSidecar } from '../proxy/sidecar.ts';
import { filesOf, type IdentityFiles } from './certificates.ts';

export interface Pair extends AsyncDisposable {
  readonly client: Sidecar;
  readonly server: Sidecar;
  /** Of the client's listener. */
  readonly port: number;
}

export interface PairOptions {
  readonly client: IdentityFiles;
  readonly server: IdentityFiles & { readonly uri: string };
  readonly appPort: number;
  /** What the client's sidecar demands of the server; default: who the server is. */
  readonly expected?: string;
  /** Default http. */
  readonly protocol?: string;
  /** More of the InboundPort. */
  readonly inbound?: Readonly<Record<string, unknown>>;
}

export async function startPair(options: PairOptions): Promise<Pair> {
  const { protocol = 'http', expected = options.server.uri, inbound = {} } = options;
  const server = await startSidecar(
    inboundConfig(options.appPort, { protocol, ...inbound }, { identity: filesOf(options.server) }),
  );
  const client = await startSidecar({
    ...clientConfig(server.port('in'), expected, protocol),
    identity: filesOf(options.client),
  });
  return {
    client,
    server,
    port: client.port('out'),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A sidecar that sends all to one port, where the expected identity has to be. */
export function clientConfig(
  port: number,
  expected: string,
  protocol = 'http',
): Readonly<Record<string, unknown>> {
  const { clusters } = clusterLists({ app: port });
  return {
    listeners: [{ name: 'out', port: 0, outbound: 'shop/app:80' }],
    outbounds: [
      {
        name: 'shop/app:80',
        protocol,
        rules: [{ backends: [{ cluster: 'app' }] }],
        tcpRules: [{ backends: [{ cluster: 'app' }] }],
      },
    ],
    clusters,
    endpoints: [{ name: 'app', endpoints: [{ address: '127.0.0.1', port, identity: expected }] }],
  };
}
