// The local mesh: the control plane and every replica that the manifests ask for, on this machine, as processes.
// Follows the manifests and its own processes; each change runs reconcile.ts again.
//
//   file provider ─▶ workloads ─┐
//                               ├─ reconcile ─▶ replicas ─▶ Pods ─▶ control plane ─▶ sidecars
//   replicas' states ───────────┘

import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnostic } from '@weft/api/control-plane-api';
import { hasLabels } from '@weft/api/kinds/label-selector';
import type { Provider } from '@weft/control-plane/provider/provider';
import { ApiClient } from '../api-client.ts';
import type { WeftCommand } from './build.ts';
import type { ControlPlaneProcess } from './control-plane-process.ts';
import type { DataFolder } from './data-folder.ts';
import type { OrphanGuard } from './orphan-guard.ts';
import { allPorts, planPod } from './pod-plan.ts';
import { PodReporter } from './pod-reporter.ts';
import type { PortAllocator } from './port-allocator.ts';
import { type Action, type ReplicaView, reconcile } from './reconcile.ts';
import { Replica, type ReplicaContext } from './replica.ts';
import { type ServicePort, servicePorts } from './service-environment.ts';
import { type LocalWorkload, readWorkloads } from './workload.ts';

/** A proxy that does not answer must not keep a replica from ending for longer. */
const ACCEPTED_LIMIT_MS = 5000;
const LOOK_MS = 20;

/** Workloads that no Service leads to start when the others are ready, or after so long. */
const CALLERS_WAIT_MS = 5000;

export interface LocalMeshOptions {
  readonly provider: Provider;
  readonly weft: WeftCommand;
  readonly data: DataFolder;
  readonly guard: OrphanGuard;
  readonly controlPlane: ControlPlaneProcess;
  readonly ports: PortAllocator;
}

export interface LocalMeshState {
  readonly workloads: readonly LocalWorkload[];
  readonly replicas: readonly Replica[];
  /** About what is written but has no effect on one machine. */
  readonly diagnostics: readonly Diagnostic[];
}

export class LocalMesh {
  readonly #options: LocalMeshOptions;
  readonly #api: ApiClient;
  readonly #reporter: PodReporter;
  readonly #unsubscribe: () => void;
  #workloads: readonly LocalWorkload[] = [];
  #diagnostics: readonly Diagnostic[] = [];
  #replicas: readonly Replica[] = [];
  #listeners: (() => void)[] = [];
  #reconciling = false;
  #again = false;
  #stopped: Promise<void> | undefined;

  /** The provider is ready; the control plane may still be starting. */
  constructor(options: LocalMeshOptions) {
    this.#options = options;
    const { provider, controlPlane } = options;
    this.#api = new ApiClient(controlPlane.apiAddress);
    this.#reporter = new PodReporter(
      () => this.#replicas.map(({ pod }) => pod),
      (pods) => this.#api.putPods(pods, controlPlane.launcherSecret),
    );
    // A control plane that starts anew knows no Pod.
    controlPlane.onRestart(() => void this.#reporter.report());
    this.#unsubscribe = provider.onChange(() => this.#readManifests());
    this.#readManifests();
  }

  get state(): LocalMeshState {
    return { workloads: this.#workloads, replicas: this.#replicas, diagnostics: this.#diagnostics };
  }

  /** Why the control plane does not take the Pods; undefined: it does. */
  get refusal(): string | undefined {
    return this.#reporter.refusal;
  }

  /** Called after each change of the state. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Ends every process of the workloads; resolves when they are gone. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#unsubscribe();
    this.#reporter.close();
    await Promise.all(this.#replicas.map((replica) => replica.stop('now')));
    this.#api.close();
  }

  #readManifests(): void {
    const { workloads, diagnostics } = readWorkloads(this.#options.provider.current.resources, process.cwd());
    this.#workloads = workloads;
    this.#diagnostics = diagnostics;
    this.#changed();
  }

  #changed(): void {
    if (this.#stopped) return;
    for (const listener of this.#listeners) listener();
    void this.#reporter.report();
    void this.#reconcile();
  }

  /** One round at a time: a start is planned over several turns of the event loop, and its name must be taken. */
  async #reconcile(): Promise<void> {
    this.#again = true;
    if (this.#reconciling) return;
    this.#reconciling = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const views = this.#replicas.map((replica) => ({ ...replica.view, replica }));
      const actions = reconcile(this.#workloads, views);
      for (const action of actions) if (action.kind === 'stop') void this.#retire(action.replica.replica);
      await this.#startAll(actions);
    }
    this.#reconciling = false;
  }

  async #startAll(actions: readonly Action<LocalWorkload, ReplicaView>[]): Promise<void> {
    const services = servicePorts(this.#options.provider.current.resources.map(({ resource }) => resource));
    const started: Replica[] = [];
    for (const action of actions) {
      if (action.kind !== 'start') continue;
      const { workload, ordinal } = action;
      const plan = await planPod(workload, ordinal, services, () => this.#options.ports.allocate());
      started.push(new Replica(workload, ordinal, plan, this.#replicaContext()));
    }
    if (started.length === 0 || this.#stopped) return;
    this.#replicas = [...this.#replicas, ...started];
    // Its sidecar asks for the configuration of this Pod, so the control plane has to know it first.
    void this.#reporter.report().then(async () => {
      const [served, callers] = partition(started, ({ workload }) => isServed(workload, services));
      if (!this.#stopped) for (const replica of served) replica.start();
      // Who only calls others would meet nobody and count failures that mean nothing.
      if (callers.length > 0)
        await this.#until(() => served.every(({ view }) => view.phase !== 'starting'), CALLERS_WAIT_MS);
      if (!this.#stopped) for (const replica of callers) replica.start();
    });
  }

  /** Resolves when the condition holds after a change of state, or the time is over. */
  async #until(condition: () => boolean, limitMs: number): Promise<void> {
    if (condition()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const listener = (): void => {
      if (condition()) resolve();
    };
    this.#listeners.push(listener);
    const timer = setTimeout(resolve, limitMs);
    await promise;
    clearTimeout(timer);
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }

  /** Until every proxy has accepted what the control plane knows now. */
  async #untilAccepted(): Promise<void> {
    const deadline = Date.now() + ACCEPTED_LIMIT_MS;
    while (!this.#stopped && Date.now() < deadline) {
      const proxies = await this.#api.proxies().catch(() => undefined);
      if (proxies?.every(({ connected, synced, nacks }) => !connected || synced || nacks.length > 0)) return;
      await sleep(LOOK_MS);
    }
  }

  async #retire(replica: Replica): Promise<void> {
    await replica.stop('drain');
    this.#options.ports.release(allPorts(replica.plan));
    this.#replicas = this.#replicas.filter((other) => other !== replica);
    this.#changed();
  }

  #replicaContext(): ReplicaContext {
    const { weft, data, guard, controlPlane, provider } = this.#options;
    return {
      weft,
      data,
      guard,
      controlPlane: controlPlane.xdsAddress,
      rootsFile: controlPlane.rootsFile,
      launcherSecret: controlPlane.launcherSecret,
      findObject: (kind, namespace, name) =>
        provider.current.resources
          .map(({ resource }) => resource)
          .find(
            (object) =>
              object.kind === kind &&
              object.metadata.namespace === namespace &&
              object.metadata.name === name,
          ),
      onChange: () => this.#changed(),
      withdrawn: async () => {
        await this.#reporter.report();
        await this.#untilAccepted();
      },
    };
  }
}

/** Whether a Service of the mesh leads to the workload. */
function isServed({ namespace, template }: LocalWorkload, services: readonly ServicePort[]): boolean {
  return services.some(
    (service) =>
      service.namespace === namespace &&
      service.selector !== undefined &&
      hasLabels(template.labels, service.selector),
  );
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [yes: T[], no: T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
