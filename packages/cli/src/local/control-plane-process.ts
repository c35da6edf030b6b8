// The local mesh's control plane as a process of its own, started again when it dies; the sidecars work on without
// it meanwhile.

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { launcherSecret } from '@weft/control-plane/admin/launcher-secret';
import { ApiClient } from '../api-client.ts';
import { UserError } from '../user-error.ts';
import type { WeftCommand } from './build.ts';
import { describeExit } from './child-process.ts';
import type { DataFolder } from './data-folder.ts';
import type { OrphanGuard } from './orphan-guard.ts';
import { isFree, type PortAllocator } from './port-allocator.ts';
import { OWN_BACKOFF } from './restart-backoff.ts';
import { SupervisedProcess } from './supervised-process.ts';

const DEFAULT_API_PORT = 15010;
const METRICS_PORT = 15014;
const START_LIMIT_MS = 20_000;
const GRACE_MS = 5000;

export interface ControlPlaneOptions {
  /** As the user named it: file names in diagnostics begin with it. */
  readonly folder: string;
  readonly apiPort: number;
  readonly weft: WeftCommand;
  readonly data: DataFolder;
  readonly guard: OrphanGuard;
  readonly ports: PortAllocator;
}

export class ControlPlaneProcess {
  readonly apiAddress: string;
  readonly xdsAddress: string;
  /** PEM file that the control plane writes when it has its root. */
  readonly rootsFile: string;
  /** Authorises the launcher at the API, and signs the sidecars' tokens. */
  readonly launcherSecret: string;
  readonly #process: SupervisedProcess;
  readonly #logFile: string;
  #listeners: (() => void)[] = [];
  #started = false;

  /** Starts it; resolves when its API answers. Rejects with the reason where it ends instead. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlaneProcess> {
    const secret = await launcherSecret(options.data.root);
    const xds = await options.ports.allocate();
    // Where Prometheus looks for it, unless this is the second mesh here or something else sits there.
    const isUsual = options.apiPort === DEFAULT_API_PORT && (await isFree(METRICS_PORT));
    const metrics = isUsual ? METRICS_PORT : await options.ports.allocate();
    const controlPlane = new ControlPlaneProcess(options, secret, xds, metrics);
    try {
      await controlPlane.#waitUntilUp();
    } catch (error) {
      await controlPlane.stop();
      throw error;
    }
    return controlPlane;
  }

  private constructor(options: ControlPlaneOptions, secret: string, xdsPort: number, metricsPort: number) {
    const { folder, apiPort, weft, data, guard } = options;
    this.apiAddress = `127.0.0.1:${apiPort}`;
    this.xdsAddress = `127.0.0.1:${xdsPort}`;
    this.rootsFile = data.path('roots.pem');
    this.launcherSecret = secret;
    this.#logFile = data.path('logs', 'control-plane.log');
    const flags = {
      folder,
      data: data.root,
      'api-port': apiPort,
      'xds-port': xdsPort,
      'metrics-port': metricsPort,
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#process = new SupervisedProcess(
      {
        command: [...weft.command, 'control-plane', '--await-pods', ...args],
        workingDirectory: process.cwd(),
        environment: weft.environment,
        logFile: this.#logFile,
      },
      { backoff: OWN_BACKOFF, guard, onChange: () => this.#changed() },
    );
    this.#process.start();
  }

  /** What is wrong with it now; undefined: nothing. */
  get problem(): string | undefined {
    const { state } = this.#process;
    return state.kind === 'waiting'
      ? `the control plane ended (${describeExit(state.exit)}) and is started again; traffic goes on meanwhile`
      : undefined;
  }

  /** Called when it was started again after it had ended. */
  onRestart(listener: () => void): void {
    this.#listeners.push(listener);
  }

  stop(): Promise<void> {
    return this.#process.stop(GRACE_MS);
  }

  #changed(): void {
    if (!this.#started || this.#process.state.kind !== 'running') return;
    for (const listener of this.#listeners) listener();
  }

  async #waitUntilUp(): Promise<void> {
    const client = new ApiClient(this.apiAddress);
    const deadline = Date.now() + START_LIMIT_MS;
    try {
      for (;;) {
        const { state } = this.#process;
        if (state.kind === 'waiting') {
          throw new UserError(
            `the control plane ended (${describeExit(state.exit)})\n${await this.#lastWords()}`,
          );
        }
        const isUp = await client.status().then(
          () => true,
          () => false,
        );
        if (isUp) break;
        if (Date.now() > deadline) {
          const seconds = START_LIMIT_MS / 1000;
          throw new UserError(
            `the control plane did not answer within ${seconds} s\n${await this.#lastWords()}`,
          );
        }
        await sleep(30);
      }
    } finally {
      client.close();
    }
    this.#started = true;
  }

  async #lastWords(): Promise<string> {
    const log = await readFile(this.#logFile, 'utf8').catch(() => '');
    return log.trimEnd().split('\n').slice(-10).join('\n');
  }
}
