// One replica: a sidecar and a process, from the first port to the last signal (the kubelet's part).
//
//   sidecar starts ▶ sidecar ready ▶ process starts ▶ probe answers ▶ ready
//   told to stop ▶ endpoint withdrawn ▶ inbound drained ▶ process ends ▶ sidecar ends

import { writeFile } from 'node:fs/promises';
import type { Resource } from '@weft/api/resource';
import type { WeftCommand } from './build.ts';
import { describeExit, type ProcessSpec } from './child-process.ts';
import type { DataFolder } from './data-folder.ts';
import { buildEnvironment, expand, inheritedEnvironment, podFields } from './environment.ts';
import type { OrphanGuard } from './orphan-guard.ts';
import { podObject } from './pod-object.ts';
import { type PodPlan, planBootstrap, planEnvironment } from './pod-plan.ts';
import type { ProbeResult } from './probe.ts';
import { isRefusal, probeProcess, probeSidecar } from './readiness.ts';
import type { ReplicaView } from './reconcile.ts';
import { APPLICATION_BACKOFF, type BackoffLimits, OWN_BACKOFF } from './restart-backoff.ts';
import { drainInbound } from './sidecar-drain.ts';
import { SupervisedProcess } from './supervised-process.ts';
import type { LocalWorkload } from './workload.ts';
import { provideToken } from './workload-token.ts';

/** All of the mesh ends: so long for a process that takes its time, whatever it declares. */
const GRACE_NOW_MS = 5000;
/** For what is under way when no new request comes; many processes end at SIGTERM with everything that they have begun. */
const UNDER_WAY_MS = 1500;
/** A sidecar ends by itself, SIGTERM: within its limit of 30 s, SIGINT: of half a second. */
const SIDECAR_GRACE_MS = { drain: 32_000, now: 2000 } as const;
/** Between two looks while it is not ready … */
const STARTING_PERIOD_MS = 50;
/** … and while it is: a sidecar that was told to end by somebody else serves on until its clients know. */
const READY_PERIOD_MS = 1000;

export interface ReplicaContext {
  readonly weft: WeftCommand;
  readonly data: DataFolder;
  readonly guard: OrphanGuard;
  /** host:port of xDS. */
  readonly controlPlane: string;
  /** PEM file with the mesh's roots. */
  readonly rootsFile: string;
  /** Signs the tokens of sidecars. */
  readonly launcherSecret: string;
  findObject(kind: 'ConfigMap' | 'Secret', namespace: string, name: string): Resource | undefined;
  /** After each change of what the pod's object says. */
  readonly onChange: () => void;
  /** Resolves when the endpoint of a replica that was told to stop has left the proxies. */
  readonly withdrawn: () => Promise<void>;
}

/** What keeps it from being ready; `reason` is a CamelCase word as in Kubernetes. */
interface NotReady {
  readonly reason: string;
  readonly message: string;
}

export class Replica {
  readonly workload: LocalWorkload;
  readonly ordinal: number;
  readonly plan: PodPlan;
  readonly #context: ReplicaContext;
  readonly #created = new Date().toISOString();
  readonly #stopping = new AbortController();
  #deleted: string | undefined;
  #notReady: NotReady | undefined = { reason: 'ContainerCreating', message: 'the sidecar starts' };
  #sidecar: SupervisedProcess | undefined;
  #process: SupervisedProcess | undefined;
  #life: Promise<void> = Promise.resolve();
  /** Ends the pause between two looks. */
  #wake: () => void = () => {};
  #failedProbes = 0;
  #probedAt = 0;

  constructor(workload: LocalWorkload, ordinal: number, plan: PodPlan, context: ReplicaContext) {
    this.workload = workload;
    this.ordinal = ordinal;
    this.plan = plan;
    this.#context = context;
  }

  get view(): ReplicaView {
    const { kind, namespace, name, revision } = this.workload;
    const phase = this.#deleted !== undefined ? 'stopping' : this.#notReady ? 'starting' : 'ready';
    return { kind, namespace, workload: name, ordinal: this.ordinal, revision, phase };
  }

  /** Why it is not ready; undefined when it is. */
  get notReady(): NotReady | undefined {
    return this.#notReady;
  }

  /** How often its process was started again. */
  get restarts(): number {
    return this.#process?.restarts ?? 0;
  }

  /** How its process ended the last time, in words. */
  get lastExit(): string {
    return this.#process?.lastExit ? describeExit(this.#process.lastExit) : 'it has not ended';
  }

  get pod(): Resource {
    return podObject(this.workload, this.plan, {
      phase: this.#process?.state.kind === 'running' ? 'Running' : 'Pending',
      ready: this.#notReady === undefined && this.#deleted === undefined,
      ...this.#notReady,
      restarts: this.restarts,
      created: this.#created,
      ...(this.#deleted === undefined ? {} : { deleted: this.#deleted }),
    });
  }

  start(): void {
    if (this.#stopping.signal.aborted) return;
    this.#life = this.#run().catch((error: unknown) => {
      this.#become({ reason: 'StartError', message: error instanceof Error ? error.message : String(error) });
    });
  }

  /** `drain`: lets the endpoint leave all proxies before the process is told to end. Resolves when all is gone. */
  async stop(how: 'drain' | 'now'): Promise<void> {
    this.#deleted = new Date().toISOString();
    this.#context.onChange();
    if (how === 'drain' && this.#process) {
      await this.#context.withdrawn();
      await drainInbound(this.plan.admin.admin, UNDER_WAY_MS);
    }
    this.#stopping.abort();
    this.#wake();
    const graceMs = this.workload.template.graceSeconds * 1000;
    if (how === 'drain') {
      await this.#process?.stop(graceMs);
      await this.#sidecar?.stop(SIDECAR_GRACE_MS.drain);
    } else {
      // Both at once: a process may wait for streams that only the sidecar can end soon.
      const ended = this.#process?.stop(Math.min(graceMs, GRACE_NOW_MS));
      await Promise.all([ended, this.#sidecar?.stop(SIDECAR_GRACE_MS.now, 'SIGINT')]);
    }
    await this.#life;
  }

  async #run(): Promise<void> {
    const { problem } = this.workload.template;
    if (problem) {
      const place = problem.line === undefined ? '' : ` (${problem.file}:${problem.line} ${problem.field})`;
      return this.#become({ reason: 'CreateContainerError', message: `${problem.message}${place}` });
    }
    await this.#startSidecar();
    while (!this.#stopping.signal.aborted) {
      const notReady = await this.#look();
      if (!this.#stopping.signal.aborted) this.#become(notReady);
      await this.#pause(this.#notReady ? STARTING_PERIOD_MS : READY_PERIOD_MS);
    }
  }

  async #startSidecar(): Promise<void> {
    const { weft, data } = this.#context;
    const name = `${this.workload.namespace}.${this.plan.pod}`;
    const tokenFile = data.path('proxies', `${name}.token`);
    const bootstrapFile = data.path('proxies', `${name}.json`);
    const bootstrap = planBootstrap(this.plan, this.workload, {
      controlPlane: this.#context.controlPlane,
      rootsFile: this.#context.rootsFile,
      tokenFile,
      cacheDir: await data.folder('caches', name),
    });
    const { launcherSecret } = this.#context;
    await provideToken(launcherSecret, tokenFile, this.workload, this.plan.pod, this.#stopping.signal);
    await writeFile(bootstrapFile, JSON.stringify(bootstrap, null, 2), { mode: 0o600 });
    this.#sidecar = this.#supervise(OWN_BACKOFF, {
      command: [...weft.command, 'proxy', '--bootstrap', bootstrapFile],
      workingDirectory: data.root,
      environment: weft.environment,
      logFile: data.path('logs', `${name}.proxy.log`),
    });
    if (!this.#stopping.signal.aborted) this.#sidecar.start();
  }

  /** What keeps the replica from being ready now. Starts the process once its sidecar is there to serve it. */
  async #look(): Promise<NotReady | undefined> {
    const sidecar = this.#sidecar?.state;
    if (sidecar?.kind === 'waiting') {
      return { reason: 'SidecarCrashed', message: `the sidecar ended: ${describeExit(sidecar.exit)}` };
    }
    const answer = await probeSidecar(this.plan);
    // Of a ready replica only its own word counts: a busy machine answers late, and the end of the process is seen.
    if (answer !== true && (this.#notReady !== undefined || isRefusal(answer)))
      return { reason: 'SidecarNotReady', message: `the sidecar is not ready: ${answer}` };
    if (!this.#process) {
      const missing = this.#startProcess();
      if (missing !== undefined) return { reason: 'CreateContainerConfigError', message: missing };
    }
    const crash = this.#crash();
    if (crash || !this.#isProbeDue()) return crash;
    return this.#judge(await this.#probe());
  }

  /** Undefined, or what the environment lacks. */
  #startProcess(): string | undefined {
    if (this.#stopping.signal.aborted) return undefined;
    const { template, namespace } = this.workload;
    const { data } = this.#context;
    const built = buildEnvironment(template, {
      base: planEnvironment(this.plan),
      fields: podFields(this.workload, this.plan.pod),
      find: (kind, name) => this.#context.findObject(kind, namespace, name),
    });
    if (built.kind === 'missing') return built.message;
    this.#process = this.#supervise(APPLICATION_BACKOFF, {
      command: (template.command ?? []).map((part) => expand(part, built.variables)),
      workingDirectory: template.workingDirectory,
      environment: { ...inheritedEnvironment(), ...built.variables },
      logFile: data.path('logs', `${namespace}.${this.plan.pod}.app.log`),
    });
    this.#process.start();
    return undefined;
  }

  #supervise(backoff: BackoffLimits, spec: ProcessSpec): SupervisedProcess {
    const { guard } = this.#context;
    return new SupervisedProcess(spec, { backoff, guard, onChange: () => this.#processChanged() });
  }

  /** A process that ended takes its endpoint with it at once, not at the next look. */
  #processChanged(): void {
    if (this.#stopping.signal.aborted) return;
    const crash = this.#crash();
    if (crash) this.#become(crash);
    this.#wake();
  }

  #crash(): NotReady | undefined {
    if (this.#sidecar?.state.kind === 'waiting') {
      const message = `the sidecar ended (${describeExit(this.#sidecar.state.exit)}) and is started again`;
      return { reason: 'SidecarCrashed', message };
    }
    const state = this.#process?.state;
    if (state?.kind !== 'waiting') return undefined;
    const { restarts, since } = state.history;
    const seconds = Math.max(1, Math.round((state.at - since) / 1000));
    const again = restarts === 1 ? '' : `, restart ${restarts} in ${seconds} s`;
    return { reason: 'CrashLoopBackOff', message: `${describeExit(state.exit)}${again}` };
  }

  async #probe(): Promise<ProbeResult> {
    const { readinessProbe } = this.workload.template;
    this.#probedAt = Date.now();
    const state = this.#process?.state;
    const age = state?.kind === 'running' ? Date.now() - state.since : 0;
    const delay = (readinessProbe?.initialDelaySeconds ?? 0) * 1000;
    if (age < delay) return `readinessProbe waits for ${readinessProbe?.initialDelaySeconds} s`;
    return probeProcess(this.plan, readinessProbe);
  }

  /** One failed probe does not take a ready replica out of service, failureThreshold of them do. */
  #judge(result: ProbeResult): NotReady | undefined {
    if (result === true) {
      this.#failedProbes = 0;
      return undefined;
    }
    const threshold = this.workload.template.readinessProbe?.failureThreshold ?? 1;
    this.#failedProbes++;
    if (!this.#notReady && this.#failedProbes < threshold) return undefined;
    return { reason: 'NotReady', message: result };
  }

  /** A ready process without a probe of its own is only watched for its end. */
  #isProbeDue(): boolean {
    if (this.#notReady) return true;
    const probe = this.workload.template.readinessProbe;
    return probe !== undefined && Date.now() >= this.#probedAt + probe.periodSeconds * 1000;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #become(notReady: NotReady | undefined): void {
    const before = this.#notReady;
    this.#notReady = notReady;
    if (before?.reason !== notReady?.reason || before?.message !== notReady?.message)
      this.#context.onChange();
  }
}
