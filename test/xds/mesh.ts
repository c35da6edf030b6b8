// What the tests here share: a certificate authority in a temporary folder, a control plane's xDS server with a
// configuration that the test edits, and proxies' clients of it. Everything real but the compiler.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, Endpoints, Outbound, ResourceType, ResourceTypes } from '@weft/api/proxy-config/types';
import { PortAllocator } from '@weft/cli/local/port-allocator';
import { Backoff } from '@weft/common/backoff';
import { Log, type Logger } from '@weft/common/logger/logger';
import type { ConfigView } from '@weft/control-plane/compile/config-view';
import { CertificateAuthority } from '@weft/control-plane/identity/ca';
import { localTokenVerifier, mintLocalToken } from '@weft/control-plane/identity/local-token';
import { folderRootStore } from '@weft/control-plane/identity/root-store';
import { startXdsServer, type XdsServer, type XdsServerOptions } from '@weft/control-plane/xds/weft/server';
import type { Refusal, ResourceSink, Update } from '@weft/proxy/config/update';
import { ConfigCache } from '@weft/proxy/xds/config-cache';
import { DeltaClient, type DeltaClientOptions } from '@weft/proxy/xds/delta-client';
import { GrpcChannel } from '@weft/proxy/xds/grpc-channel';

export const SECRET = 'the launcher secret of a test, long enough for HMAC';
export const TRUST_DOMAIN = 'mesh.test';

/**
 * Servers are stopped and started again on their port: meanwhile the kernel must not give it to somebody's outgoing
 * connection, as it may with a port that it chose itself.
 */
const ports = new PortAllocator();

/** Nothing of what the tests provoke is worth a line. */
export const QUIET: Logger = new Log({ output: { write: () => {} } }).component('test');

/** The workload that the tests' proxy serves, unless they say otherwise. */
export const SHOP = {
  namespace: 'bookshop',
  serviceAccount: 'shop',
  pod: 'shop-0',
  workload: { namespace: 'bookshop', name: 'shop', app: 'shop', version: 'v1', pod: 'shop-0' },
} as const;
export const SHOP_ID = 'bookshop/shop-0';

export function outbound(name: string, cluster = name): Outbound {
  return {
    name,
    protocol: 'http',
    rules: [],
    tcpRules: [
      { ref: 'Service/x/y', index: 0, hostnames: [], backends: [{ cluster, weight: 1, filters: [] }] },
    ],
  };
}

export function cluster(name: string, connectTimeoutMs = 1000): Cluster {
  const service = { namespace: 'bookshop', name: 'reviews' };
  return { name, protocol: 'http', balancer: 'least-request', connectTimeoutMs, service };
}

export function endpoints(name: string, ...ports: readonly number[]): Endpoints {
  return { name, endpoints: ports.map((port) => ({ address: '127.0.0.1', port, weight: 1 })) };
}

type NamedResource = { readonly type: ResourceType; readonly resource: ResourceTypes[ResourceType] };

/** A configuration for the fake compiler: the same for every client. */
export function viewOf(...resources: readonly NamedResource[]): ConfigView {
  const byKey = new Map(resources.map(({ type, resource }) => [`${type} ${resource.name}`, resource]));
  return {
    resource: <T extends ResourceType>(type: T, name: string) =>
      byKey.get(`${type} ${name}`) as ResourceTypes[T] | undefined,
    names: (type) => resources.filter((entry) => entry.type === type).map(({ resource }) => resource.name),
  };
}

/** Keeps what arrives, and lets a test wait for it. */
export class RecordingSink implements ResourceSink {
  readonly updates: Update[] = [];
  /** What it can not take, by type and name. */
  readonly refuse = new Map<string, Pick<Refusal, 'field' | 'message'>>();
  #waiting: (() => void)[] = [];

  apply(update: Update): readonly Refusal[] {
    this.updates.push(update);
    for (const resume of this.#waiting.splice(0)) resume();
    return update.resources.flatMap(({ name }) => {
      const refusal = this.refuse.get(`${update.type} ${name}`);
      return refusal === undefined ? [] : [{ type: update.type, name, ...refusal }];
    });
  }

  /** The newest value that arrived for a name; null: removed; undefined: nothing arrived. */
  value(type: ResourceType, name: string): unknown {
    for (const update of this.updates.toReversed()) {
      if (update.type !== type) continue;
      if (update.removed.includes(name)) return null;
      const found = update.resources.find((resource) => resource.name === name);
      if (found !== undefined) return found.value;
    }
    return undefined;
  }

  until(condition: () => boolean): Promise<void> {
    return eventually(condition, (resume) => this.#waiting.push(resume));
  }
}

/** A folder, an authority and servers and clients that end with the test. */
export class TestMesh implements AsyncDisposable {
  readonly folder: string;
  readonly ca: CertificateAuthority;
  readonly rootsFile: string;
  readonly #stack = new AsyncDisposableStack();

  static async create(): Promise<TestMesh> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-xds-'));
    const store = folderRootStore(join(folder, 'ca'));
    const ca = await CertificateAuthority.open({ store, trustDomain: TRUST_DOMAIN });
    const mesh = new TestMesh(folder, ca);
    await writeFile(mesh.rootsFile, ca.roots.join(''));
    return mesh;
  }

  private constructor(folder: string, ca: CertificateAuthority) {
    this.folder = folder;
    this.ca = ca;
    this.rootsFile = join(folder, 'roots.pem');
    this.#stack.defer(() => rm(folder, { recursive: true, force: true }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async server(view: ConfigView, options: Partial<XdsServerOptions> = {}): Promise<XdsServer> {
    const verifier = localTokenVerifier(SECRET);
    const port = options.port ?? (await ports.allocate());
    const server = await startXdsServer({ ca: this.ca, verifier, view, log: QUIET, ...options, port });
    return this.#stack.use(server);
  }

  async tokenFile(token = mintLocalToken(SECRET, SHOP)): Promise<string> {
    const file = join(this.folder, `token-${Math.random()}`);
    await writeFile(file, token);
    return file;
  }

  async channel(port: number, token?: string): Promise<GrpcChannel> {
    const tokenFile = await this.tokenFile(token);
    const channel = new GrpcChannel({ address: `127.0.0.1:${port}`, rootsFile: this.rootsFile, tokenFile });
    this.#stack.defer(() => channel.close());
    return channel;
  }

  cache(name = 'cache'): ConfigCache {
    const cache = new ConfigCache({ directory: join(this.folder, name), log: QUIET, debounceMs: 0 });
    return this.#stack.use(cache);
  }

  /** A started client and what it receives. */
  async client(
    port: number,
    options: Partial<DeltaClientOptions> & { readonly token?: string } = {},
  ): Promise<{ readonly client: DeltaClient; readonly sink: RecordingSink }> {
    const { token, ...rest } = options;
    const sink = new RecordingSink();
    const client = new DeltaClient({
      channel: await this.channel(port, token),
      node: { id: SHOP_ID, metadata: { workload: SHOP.workload, metricsPort: 15020, version: '0.1.0' } },
      sink,
      log: QUIET,
      backoff: new Backoff({ baseMs: 5, capMs: 20 }),
      ...rest,
    });
    this.#stack.use(client);
    client.start();
    return { client, sink };
  }
}

/** Resolves when a server's proxies are as wanted. */
export function proxiesAre(server: XdsServer, wanted: () => boolean): Promise<void> {
  return eventually(wanted, (resume) => {
    const stop = server.onProxiesChanged(() => {
      stop();
      resume();
    });
  });
}

/** So long that only what never comes misses it, on a machine that is busy with something else too. */
const LIMIT_MS = 60_000;

/** Asks again after each event; a test that waits in vain fails rather than hangs. */
export async function eventually(
  condition: () => boolean,
  onNextEvent: (resume: () => void) => void,
): Promise<void> {
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.reject(new Error(`never: ${condition}`)), LIMIT_MS);
  try {
    while (!condition()) await Promise.race([new Promise<void>(onNextEvent), deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}
