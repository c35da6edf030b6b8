// Keeps one process running: starts it again when it ends, later each time, until it is told to stop.

import { type Exit, type ProcessSpec, type RunningProcess, startProcess } from './child-process.ts';
import type { OrphanGuard } from './orphan-guard.ts';
import { type BackoffLimits, NO_RESTARTS, nextRestart, type RestartHistory } from './restart-backoff.ts';

export type ProcessState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly pid: number; readonly since: number }
  | { readonly kind: 'waiting'; readonly exit: Exit; readonly history: RestartHistory; readonly at: number }
  | { readonly kind: 'stopped' };

export interface SupervisionOptions {
  readonly backoff: BackoffLimits;
  readonly guard: OrphanGuard;
  /** After each change of `state`. */
  readonly onChange: () => void;
}

export class SupervisedProcess {
  readonly #spec: ProcessSpec;
  readonly #options: SupervisionOptions;
  #state: ProcessState = { kind: 'idle' };
  #running: RunningProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #history = NO_RESTARTS;
  #restarts = 0;
  #lastExit: Exit | undefined;

  constructor(spec: ProcessSpec, options: SupervisionOptions) {
    this.#spec = spec;
    this.#options = options;
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Since the supervision began. */
  get restarts(): number {
    return this.#restarts;
  }

  /** How it ended the last time by itself. */
  get lastExit(): Exit | undefined {
    return this.#lastExit;
  }

  start(): void {
    if (this.#state.kind !== 'idle') return;
    this.#spawn();
  }

  /** The signal, SIGKILL after `graceMs`; resolves when the process has ended, and it is not started again. */
  async stop(graceMs: number, signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<void> {
    clearTimeout(this.#timer);
    const running = this.#running;
    this.#become({ kind: 'stopped' });
    if (!running) return;
    running.signal(signal);
    const kill = setTimeout(() => running.signal('SIGKILL'), graceMs);
    await running.exited;
    clearTimeout(kill);
  }

  #spawn(): void {
    const startedAt = Date.now();
    const running = startProcess(this.#spec, this.#options.guard);
    this.#running = running;
    if (running.pid !== undefined) this.#become({ kind: 'running', pid: running.pid, since: startedAt });
    void running.exited.then((exit) => {
      this.#running = undefined;
      if (this.#state.kind !== 'stopped') this.#restartLater(exit, startedAt);
    });
  }

  #restartLater(exit: Exit, startedAt: number): void {
    this.#lastExit = exit;
    const now = Date.now();
    const { history, delayMs } = nextRestart(this.#history, this.#options.backoff, startedAt, now);
    this.#history = history;
    this.#timer = setTimeout(() => {
      this.#restarts++;
      this.#spawn();
    }, delayMs);
    this.#become({ kind: 'waiting', exit, history, at: now });
  }

  #become(state: ProcessState): void {
    this.#state = state;
    this.#options.onChange();
  }
}
