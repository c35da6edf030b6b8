// A folder of manifests as a mesh that runs in this process: for every Pod an origin that keeps what it receives and,
// unless it is without one, a real sidecar with a certificate; for every caller a sidecar with a listener for each
// destination. Calls are sent as text, so that nothing tidies them up on the way.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_PORTS_ANNOTATION } from '@weft/api/annotation';
import type { Pod } from '@weft/api/kinds/pod';
import type { ProxyConfig } from '@weft/api/proxy-config/types';
import { compiledSource, type MeshSource } from '@weft/cli/explain/source';
import { compileMesh, type Mesh } from '@weft/control-plane/compile/mesh';
import { CertificateAuthority } from '@weft/control-plane/identity/ca';
import { folderRootStore } from '@weft/control-plane/identity/root-store';
import { LOCAL_APP_PORTS_ANNOTATION } from '@weft/control-plane/ingest/pod';
import type { WorkloadInstance } from '@weft/control-plane/model/workload';
import { impliedPods } from '@weft/control-plane/provider/file/implied-pods';
import { loadFolder } from '@weft/control-plane/provider/file/load-folder';
import { LocalCluster } from '@weft/control-plane/provider/file/local-cluster';
import type { ResourceSet } from '@weft/control-plane/provider/provider';
import { createCsr, generateWorkloadKey, privateKeyPem } from '@weft/proxy/identity/csr';
import { exchangeText, startOrigin } from '../proxy/http.ts';
import { type AccessLogLine, type Sidecar, startSidecar } from '../proxy/sidecar.ts';

/** What an origin got. */
export interface Arrived {
  /** Name of its workload. */
  readonly workload: string;
  readonly method: string;
  readonly url: string;
  /** In order, names lower-case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** How a call really ended. */
export interface Ended {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  /** Names lower-case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly arrived: Arrived | undefined;
  /** Access log lines of the caller's sidecar and of the one that was called. */
  readonly outbound: AccessLogLine | undefined;
  readonly inbound: AccessLogLine | undefined;
}

/** The workload that gets copies and is never called. */
const MIRROR = 'copies';

/** Container port → port on loopback, by `<namespace>/<pod>`. */
type Ports = Map<string, Record<number, number>>;

export class RealMesh implements AsyncDisposable {
  /** What explain looks things up in: the very mesh that the sidecars were configured from. */
  readonly source: MeshSource;
  readonly #stack: AsyncDisposableStack;
  readonly #sidecars: ReadonlyMap<string, Sidecar>;
  readonly #config: ProxyConfig;
  readonly #arrived: Map<string, Arrived>;

  private constructor(parts: {
    readonly source: MeshSource;
    readonly stack: AsyncDisposableStack;
    readonly sidecars: ReadonlyMap<string, Sidecar>;
    readonly config: ProxyConfig;
    readonly arrived: Map<string, Arrived>;
  }) {
    this.source = parts.source;
    this.#stack = parts.stack;
    this.#sidecars = parts.sidecars;
    this.#config = parts.config;
    this.#arrived = parts.arrived;
  }

  /** `callers`: Pods `<namespace>/<pod>` that call. */
  static async start(folder: string, callers: readonly string[]): Promise<RealMesh> {
    await using stack = new AsyncDisposableStack();
    const arrived = new Map<string, Arrived>();
    const written = await writtenObjects(folder);
    const identities = await Identities.open(stack);
    const named = compileMesh(withPods(written, new Map(), new Map()));
    const appPorts = await startOrigins(named, arrived, stack);

    // The servers' sidecars come first, since what they listen on is what the callers dial.
    const servers = compileMesh(withPods(written, appPorts, new Map()));
    const dialled: Ports = new Map(appPorts);
    const sidecars = new Map<string, Sidecar>();
    for (const instance of servers.model.instances.values()) {
      const id = `${instance.namespace}/${instance.name}`;
      if (!instance.meshed) continue;
      const { inbound, telemetry } = servers.proxyConfig(id);
      const listeners = (inbound?.ports ?? []).map(({ port }) => ({
        name: `in:${port}`,
        port: 0,
        inbound: port,
      }));
      const identity = await identities.of(instance);
      const sidecar = stack.use(await startSidecar({ listeners, inbound, telemetry, identity }));
      sidecars.set(id, sidecar);
      dialled.set(
        id,
        Object.fromEntries(listeners.map(({ name, inbound }) => [inbound, sidecar.port(name)])),
      );
    }

    const set = withPods(written, appPorts, dialled);
    const mesh = compileMesh(set);
    for (const id of callers) {
      const instance = mesh.model.instances.get(id);
      if (instance === undefined) throw new Error(`there is no Pod ${id}`);
      const { outbounds, clusters, endpoints, telemetry } = mesh.proxyConfig(id);
      const listeners = outbounds.map(({ name }) => ({ name, port: 0, outbound: name }));
      const identity = await identities.of(instance);
      const config = { listeners, outbounds, clusters, endpoints, telemetry, identity };
      sidecars.set(id, stack.use(await startSidecar(config)));
    }
    const [first = ''] = callers;
    const source = compiledSource(mesh, set);
    return new RealMesh({ source, sidecars, arrived, config: mesh.proxyConfig(first), stack: stack.move() });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  /** Sends a head by a caller's sidecar. `id`: the x-request-id in it. `destination`: `<namespace>/<service>:<port>` */
  callBySidecar(caller: string, destination: string, text: string, id: string): Promise<Ended> {
    const sidecar = this.#sidecars.get(caller);
    if (sidecar === undefined) throw new Error(`there is no sidecar ${caller}`);
    return this.#call(sidecar.port(destination), text, id, sidecar);
  }

  /** The same in plain text to one of the endpoints; undefined where there is none. `random`: in [0, 1). */
  callDirectly(destination: string, text: string, id: string, random: number): Promise<Ended> | undefined {
    const { endpoints } = this.#config.endpoints.find(({ name }) => name === destination) ?? {
      endpoints: [],
    };
    const endpoint = endpoints[Math.floor(random * endpoints.length)];
    return endpoint && this.#call(endpoint.port, text, id, undefined);
  }

  async #call(port: number, text: string, id: string, caller: Sidecar | undefined): Promise<Ended> {
    const answer = await exchangeText(port, text).catch((error: NodeJS.ErrnoException) => {
      // How a connection that nobody takes is closed.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') throw error;
      return '';
    });
    const isOurs = ({ request_id }: AccessLogLine): boolean => request_id === id;
    const lines = [...this.#sidecars]
      .filter(([id, sidecar]) => sidecar !== caller && id !== `shop/${MIRROR}-0`)
      .flatMap(([, { accessLog }]) => accessLog.slice(-1));
    return {
      ...parseAnswer(answer),
      arrived: this.#arrived.get(id),
      outbound: caller?.accessLog.findLast(isOurs),
      inbound: lines.find(isOurs),
    };
  }
}

function parseAnswer(text: string): Pick<Ended, 'status' | 'headers'> {
  const [head = ''] = text.split('\r\n\r\n', 1);
  const [start = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(start.split(' ')[1] ?? 0), headers: new Map(headers) };
}

// --- its parts ---------------------------------------------------------------------------------------------

/** The objects that stand in files, without what they imply. */
async function writtenObjects(folder: string): Promise<ResourceSet> {
  const set = await loadFolder(folder);
  return { ...set, resources: set.resources.filter(({ origin }) => origin !== undefined) };
}

/** The Pods of all workloads, with the ports on which they can be reached. */
function withPods(written: ResourceSet, appPorts: Ports, dialled: Ports): ResourceSet {
  const objects = written.resources.map(({ resource }) => resource);
  const pods = [...objects.filter(({ kind }) => kind === 'Pod'), ...impliedPods(objects)] as unknown as Pod[];
  const located = pods.map((pod) => {
    const id = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const annotations = {
      ...pod.metadata.annotations,
      [LOCAL_APP_PORTS_ANNOTATION]: JSON.stringify(appPorts.get(id) ?? {}),
      [LOCAL_PORTS_ANNOTATION]: JSON.stringify(dialled.get(id) ?? {}),
    };
    return { ...pod, metadata: { ...pod.metadata, annotations } };
  });
  return new LocalCluster().complete(written, located);
}

async function startOrigins(
  { model }: Mesh,
  arrived: Map<string, Arrived>,
  stack: AsyncDisposableStack,
): Promise<Ports> {
  const ports: Ports = new Map();
  for (const { namespace, name, workload, ports: containerPorts } of model.instances.values()) {
    const started: Record<number, number> = {};
    for (const { number } of containerPorts) {
      const origin = await startOrigin(name, ({ method = '', url = '', rawHeaders, headers }, response) => {
        const lines = Array.from(
          { length: rawHeaders.length / 2 },
          (_, i) => [(rawHeaders[2 * i] ?? '').toLowerCase(), rawHeaders[2 * i + 1] ?? ''] as const,
        );
        // A copy comes at any time and answers for nothing.
        if (workload.name === MIRROR) return void response.end();
        arrived.set(String(headers['x-request-id']), {
          workload: workload.name,
          method,
          url,
          headers: lines,
        });
        response.setHeader('x-origin', name).end('here');
      });
      stack.use(origin);
      started[number] = origin.port;
    }
    ports.set(`${namespace}/${name}`, started);
  }
  return ports;
}

/** Certificates of the mesh's own authority, in files as static mode takes them. */
class Identities {
  readonly #folder: string;
  readonly #authority: CertificateAuthority;

  private constructor(folder: string, authority: CertificateAuthority) {
    this.#folder = folder;
    this.#authority = authority;
  }

  static async open(stack: AsyncDisposableStack): Promise<Identities> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-explain-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const store = folderRootStore(join(folder, 'ca'));
    const authority = await CertificateAuthority.open({ store, trustDomain: 'cluster.local' });
    await writeFile(join(folder, 'roots.pem'), authority.roots.join(''));
    return new Identities(folder, authority);
  }

  async of({ namespace, name: pod, workload }: WorkloadInstance): Promise<NonNullable<object>> {
    const key = generateWorkloadKey();
    const { serviceAccount } = workload;
    const signed = await this.#authority.sign(createCsr(key), {
      kind: 'identity',
      namespace,
      serviceAccount,
      pod,
    });
    if (signed.kind === 'refused') throw new Error(signed.message);
    const file = (what: string): string => join(this.#folder, `${namespace}-${pod}.${what}`);
    await writeFile(file('pem'), signed.chain);
    await writeFile(file('key'), privateKeyPem(key), { mode: 0o600 });
    return { certificateFile: file('pem'), keyFile: file('key'), rootsFile: join(this.#folder, 'roots.pem') };
  }
}
