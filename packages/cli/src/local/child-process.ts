// One process of the mesh: started in a process group of its own, so that a terminal's Ctrl-C reaches only the
// launcher, and ended with everything that it started itself.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { OrphanGuard } from './orphan-guard.ts';

export interface ProcessSpec {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
  /** The whole environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** File that takes standard output and standard error, appended. */
  readonly logFile: string;
}

export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'not-started'; readonly message: string };

export interface RunningProcess {
  /** Absent where it could not be started. */
  readonly pid: number | undefined;
  readonly exited: Promise<Exit>;
  /** To the whole group; does nothing when it has ended. */
  signal(signal: NodeJS.Signals): void;
}

export function startProcess(spec: ProcessSpec, guard: OrphanGuard): RunningProcess {
  const [program = '', ...args] = spec.command;
  const log = openSync(spec.logFile, 'a', 0o600);
  const child = spawn(program, args, {
    cwd: spec.workingDirectory,
    env: spec.environment,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const { pid } = child;
  if (pid !== undefined) guard.add(pid);
  const exited = exitOf(child, spec).then((exit) => {
    if (pid === undefined) return exit;
    // What the process left running in its group (a shell's children) has nobody to end it.
    signalGroup(pid, 'SIGKILL');
    guard.remove(pid);
    return exit;
  });
  return {
    pid,
    exited,
    signal(signal) {
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) signalGroup(pid, signal);
    },
  };
}

function exitOf(child: ChildProcess, spec: ProcessSpec): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      resolve({ kind: 'not-started', message: notStarted(error, spec) });
    });
    child.once('exit', (code, signal) => {
      resolve(signal ? { kind: 'signal', signal } : { kind: 'code', code: code ?? 0 });
    });
  });
}

function notStarted(error: NodeJS.ErrnoException, { command, workingDirectory }: ProcessSpec): string {
  const program = command[0] ?? '';
  if (error.code === 'ENOENT') return `command "${program}" not found (started in ${workingDirectory})`;
  if (error.code === 'EACCES') return `command "${program}" may not be executed: check its mode`;
  return `command "${program}" could not be started: ${error.message}`;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** For a pod's status: `exit code 1`, `killed by SIGSEGV`. */
export function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'code':
      return `exit code ${exit.code}`;
    case 'signal':
      return `killed by ${exit.signal}`;
    case 'not-started':
      return exit.message;
  }
}
