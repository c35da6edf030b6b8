// The mesh of these tests: `client`, whose sidecars the tests call through as its process would, and `web`, which
// answers. Every test has its own, with what it needs besides.
//
//   test ─▶ client's sidecar ══mTLS══▶ web's sidecar ─▶ web

import { readFile } from 'node:fs/promises';
import type { ProxyBootstrap } from '@weft/api/proxy-config/bootstrap';
import type { Listener } from '@weft/api/proxy-config/types';
import { localListeners } from '@weft/cli/local/pod-object';
import { ManifestFolder, processPort, UpProcess, workloadYaml } from '@weft/cli/testing/local-mesh';
import { commandLine, environment } from '@weft/cli/testing/processes';
import { type Outcome, weft } from './weft.ts';

/** Answers with what it is; `/slow` after 100 ms, `/crash` not at all, `/echo` with the request's body. */
const SERVER = `import { createServer } from 'node:http';
let isEnding = false;
const server = createServer((request, response) => {
  if (isEnding) response.setHeader('connection', 'close');
  if (request.url === '/crash') process.exit(7);
  if (request.url === '/echo') return void request.pipe(response);
  const answer = () => response.end(JSON.stringify({ is: process.env.IS, headers: request.headers }));
  if (request.url === '/slow') setTimeout(answer, 100);
  else answer();
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  isEnding = true;
  server.close();
});
`;

export interface ServerText {
  readonly name: string;
  readonly replicas?: number;
  /** What it answers with; default its name. */
  readonly is?: string;
}

/** Deployment and Service of a server in the namespace `shop`. */
export function serverYaml({ name, replicas = 1, is = name }: ServerText): string {
  return workloadYaml({ name, replicas, command: '[node, server.mjs]', env: { IS: is } });
}

/** An HTTPRoute of the Service `web`; `rules`: a flow sequence, or a block sequence that starts on a new line. */
export function routeYaml(rules: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: web }]
  rules: ${rules}
`;
}

export class Shop implements AsyncDisposable {
  readonly folder: ManifestFolder;
  readonly up: UpProcess;

  /** Starts it with these files beside those of client and web; resolves when every pod is ready. */
  static async start(options: {
    readonly clients?: number;
    readonly webs?: number;
    readonly files?: Readonly<Record<string, string>>;
    /** Pods that `files` add. */
    readonly pods?: readonly string[];
  }): Promise<Shop> {
    const { clients = 1, webs = 1, files = {}, pods = [] } = options;
    const folder = new ManifestFolder({
      'server.mjs': SERVER,
      'client.yaml': serverYaml({ name: 'client', replicas: clients }),
      'web.yaml': serverYaml({ name: 'web', replicas: webs }),
      ...files,
    });
    const shop = new Shop(folder, await UpProcess.start(folder.path));
    try {
      await shop.up.untilReady(...podNames('client', clients), ...podNames('web', webs), ...pods);
      return shop;
    } catch (error) {
      await shop[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(folder: ManifestFolder, up: UpProcess) {
    this.folder = folder;
    this.up = up;
  }

  /** Where the sidecar of a pod takes the calls of its process to a Service: `web:80`. */
  async outbound(pod: string, service: string): Promise<number> {
    return this.#listener(pod, ({ outbound }) => outbound === `shop/${service}`);
  }

  /** Where the sidecar of a pod takes calls for its process. */
  async inbound(pod: string): Promise<number> {
    return this.#listener(pod, ({ inbound }) => inbound === 8080);
  }

  /** What the sidecar of a pod was started with. */
  async bootstrap(pod: string): Promise<ProxyBootstrap> {
    const file = commandLine(this.pid(`shop.${pod}.json`))
      .trim()
      .split(' ')
      .at(-1) as string;
    return JSON.parse(await readFile(file, 'utf8')) as ProxyBootstrap;
  }

  /** The port of the control plane's metrics. */
  get controlPlaneMetrics(): number {
    return Number(/--metrics-port (\d+)/.exec(commandLine(this.pid('control-plane --await-pods')))?.[1]);
  }

  weft(...args: string[]): Promise<Outcome> {
    return weft(...args, '--api', this.up.api.address);
  }

  /** Process id of a child of the launcher whose command line holds the text. */
  pid(text: string): number {
    const pid = this.#find(text);
    if (pid === undefined) throw new Error(`no process of the mesh has "${text}" in its command line`);
    return pid;
  }

  /** Process id of the application of a pod. */
  async application(pod: string): Promise<number> {
    const port = processPort(await this.up.pod(pod), 8080);
    const pid = this.up.children().find((child) => environment(child).includes(`PORT=${port}`));
    if (pid === undefined) throw new Error(`no process of the mesh has port ${port}, that of ${pod}`);
    return pid;
  }

  /** Whether there is such a child. */
  has(text: string): boolean {
    return this.#find(text) !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.up[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }

  #find(text: string): number | undefined {
    return this.up.children().find((child) => commandLine(child).includes(text));
  }

  async #listener(pod: string, isWanted: (listener: Listener) => boolean): Promise<number> {
    const object = await this.up.pod(pod);
    const found = object && localListeners(object.metadata).find(isWanted);
    if (!found) throw new Error(`the sidecar of ${pod} has no such listener`);
    return found.port;
  }
}

export function podNames(workload: string, replicas: number): string[] {
  return Array.from({ length: replicas }, (_, ordinal) => `${workload}-${ordinal}`);
}
