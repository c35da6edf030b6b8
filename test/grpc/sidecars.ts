// Sidecars in front of gRPC servers: one in plain text, or the client's and the server's with mTLS between them.

import { filesOf, TestCertificates } from '../mtls/certificates.ts';
import { inboundConfig, type Sidecar, startSidecar } from '../proxy/sidecar.ts';

export interface Chain extends AsyncDisposable {
  /** Where clients call. */
  readonly port: number;
  /** The client's sidecar. */
  readonly client: Sidecar;
  /** The server's; the client's where there is only one. */
  readonly server: Sidecar;
}

export interface ChainOptions {
  /** More of the one rule. */
  readonly rule?: Readonly<Record<string, unknown>>;
  /** What the port is declared as; default grpc. */
  readonly protocol?: string;
  /** Which calls the client's sidecar logs; default all. */
  readonly logMode?: 'errors' | 'all';
}

/** A sidecar that sends calls to these ports in turn. */
export async function oneSidecar(ports: readonly number[], options: ChainOptions = {}): Promise<Chain> {
  const sidecar = await startSidecar(
    clientConfig(
      ports.map((port) => ({ address: '127.0.0.1', port })),
      options,
    ),
  );
  return {
    port: sidecar.port('out'),
    client: sidecar,
    server: sidecar,
    [Symbol.asyncDispose]: () => sidecar[Symbol.asyncDispose](),
  };
}

/** The client's sidecar, and one in front of each server; `server` is the first of these. */
export async function twoSidecars(
  appPorts: number | readonly number[],
  options: ChainOptions = {},
): Promise<Chain> {
  const certificates = await TestCertificates.create();
  const [web, app] = [await certificates.issue('web'), await certificates.issue('app')];
  const { protocol = 'grpc' } = options;
  const servers = await Promise.all(
    [appPorts]
      .flat()
      .map((port) => startSidecar(inboundConfig(port, { protocol }, { identity: filesOf(app) }))),
  );
  const endpoints = servers.map((sidecar) => ({
    address: '127.0.0.1',
    port: sidecar.port('in'),
    identity: app.uri,
  }));
  const client = await startSidecar({ ...clientConfig(endpoints, options), identity: filesOf(web) });
  return {
    port: client.port('out'),
    client,
    server: servers[0] as Sidecar,
    async [Symbol.asyncDispose]() {
      for (const sidecar of [client, ...servers]) await sidecar[Symbol.asyncDispose]();
      await certificates[Symbol.asyncDispose]();
    },
  };
}

function clientConfig(
  endpoints: readonly object[],
  { rule = {}, protocol = 'grpc', logMode = 'all' }: ChainOptions,
): Readonly<Record<string, unknown>> {
  return {
    telemetry: { accessLog: { mode: logMode } },
    listeners: [{ name: 'out', port: 0, outbound: 'shop/books:80' }],
    outbounds: [
      { name: 'shop/books:80', protocol, rules: [{ backends: [{ cluster: 'shop/books:80' }], ...rule }] },
    ],
    clusters: [{ name: 'shop/books:80', protocol, balancer: 'round-robin' }],
    endpoints: [{ name: 'shop/books:80', endpoints }],
  };
}

/** Both ways to a server, for what has to be the same on each. */
export const CHAINS: readonly (readonly [
  name: string,
  start: (appPort: number, options?: ChainOptions) => Promise<Chain>,
])[] = [
  ['one sidecar', (port, options) => oneSidecar([port], options)],
  ['two sidecars with mTLS', twoSidecars],
];
