// For tests: `weft up` on a folder of its own, as a process, watched from outside.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from '@weft/api/resource';
import { ApiClient } from '../api-client.ts';
import { PortAllocator } from '../local/port-allocator.ts';
import { childrenOf, isAlive } from './processes.ts';

/** So long that only what never comes misses it, on a machine that is busy with something else too. */
const LIMIT_MS = 90_000;
const ports = new PortAllocator();
const MAIN = resolve(import.meta.dirname, '../main.ts');

/** A temporary folder of manifests and programs, by file name. */
export class ManifestFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'weft-manifests-'));

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** `weft up FOLDER`, with a data folder that is the test's own. */
export class UpProcess implements AsyncDisposable {
  readonly api: ApiClient;
  readonly child: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly #runtime = mkdtempSync(join(tmpdir(), 'weft-runtime-'));
  #output = '';

  static async start(folder: string, ...options: string[]): Promise<UpProcess> {
    return new UpProcess(folder, await ports.allocate(), options);
  }

  private constructor(folder: string, port: number, options: readonly string[]) {
    this.api = new ApiClient(`127.0.0.1:${port}`);
    const args = [
      '--disable-warning=ExperimentalWarning',
      MAIN,
      'up',
      folder,
      '--api-port',
      String(port),
      ...options,
    ];
    this.child = spawn(process.execPath, args, {
      env: { ...process.env, XDG_RUNTIME_DIR: this.#runtime, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.exited = once(this.child, 'close').then(([code, signal]) => signal ?? code);
  }

  /** Everything that it printed. */
  get output(): string {
    return this.#output;
  }

  /** Names of what is left in the folder that its data folder is made in. */
  get leftovers(): readonly string[] {
    return readdirSync(this.#runtime);
  }

  /** Resolves when the condition holds; rejects, with what it printed, when it ends before or takes too long. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + LIMIT_MS;
    while (!(await condition())) {
      if (this.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`not seen: ${what}\n${this.#output}${this.#logs()}`);
      }
      await sleep(20);
    }
  }

  /** Resolves when exactly these pods are there, all of them ready. */
  untilReady(...names: readonly string[]): Promise<void> {
    const wanted = names.toSorted().join(' ');
    return this.until(`pods ${wanted} ready`, async () => {
      const pods = await this.pods().catch(() => []);
      const ready = pods.every((pod) => readyCondition(pod)?.status === 'True');
      return (
        ready &&
        pods
          .map(({ metadata }) => metadata.name)
          .sort()
          .join(' ') === wanted
      );
    });
  }

  async pods(): Promise<Resource[]> {
    const stored = await this.api.resources({ kind: 'Pod' });
    return stored.map(({ object }) => object as Resource);
  }

  async pod(name: string): Promise<Resource | undefined> {
    return (await this.pods()).find(({ metadata }) => metadata.name === name);
  }

  /** All processes that it started, also those in process groups of their own. */
  children(): number[] {
    const { pid } = this.child;
    return pid === undefined ? [] : descendants(pid);
  }

  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.child.kill(signal);
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.api.close();
    await this.end('SIGTERM');
    rmSync(this.#runtime, { recursive: true, force: true });
  }

  #logs(): string {
    return readdirSync(this.#runtime, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.log'))
      .map((name) => `\n--- ${name}\n${readFileSync(join(this.#runtime, name), 'utf8').slice(-2000)}`)
      .join('');
  }
}

export function readyCondition(pod: Resource | undefined) {
  const { conditions = [] } = (pod?.status ?? {}) as {
    conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  };
  return conditions.find(({ type }) => type === 'Ready');
}

/** Where the process behind a container port listens. */
export function processPort(pod: Resource | undefined, containerPort: number): number {
  const ports = pod?.metadata.annotations?.['weft.dev/local-app-ports'] ?? '{}';
  return (JSON.parse(ports) as Record<number, number>)[containerPort] ?? 0;
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => (isAlive(child) ? [child, ...descendants(child)] : []));
}

export interface DeploymentText {
  readonly name: string;
  readonly replicas?: number;
  /** A flow sequence: `[node, web.mjs]` */
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A Deployment with a ServiceAccount and a Service: port 80 to container port 8080, HTTP. */
export function workloadYaml({ name, replicas = 1, command, env = {} }: DeploymentText): string {
  const variables = Object.entries(env).map(([key, value]) => `{ name: ${key}, value: "${value}" }`);
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name}, version: v1 } }
    spec:
      serviceAccountName: ${name}
      containers:
        - name: ${name}
          command: ${command}
          env: [${variables.join(', ')}]
          ports: [{ name: http, containerPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { app: ${name} }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
`;
}
