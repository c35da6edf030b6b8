// Starts processes pinned to a core and ends every one of them, by its pid, whatever happens to the bench.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from './workspace.ts';

/** A program to run. Its stderr goes to a log file; its stdout too, unless it is discarded. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdout?: 'log' | 'discard';
}

/** A program that was started and is meant to stay. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  hasEnded(): boolean;
  /** The end of what it wrote. */
  lastLines(): string;
}

const END_TIMEOUT_MS = 3_000;

export class Processes {
  /** All that run, with those that are meant to stay until the end. */
  readonly #children = new Map<ChildProcess, Running | undefined>();

  /** Starts a program that stays until this is closed. */
  start(name: string, command: Command, core: number): Running {
    const log = join(scratchFolder('log'), `${name}.log`);
    const file = openSync(log, 'w');
    try {
      const stdout = command.stdout === 'discard' ? 'ignore' : file;
      const child = this.#spawn(command, core, ['ignore', stdout, file]);
      const running: Running = {
        name,
        pid: child.pid ?? 0,
        hasEnded: () => hasEnded(child),
        lastLines: () => lastLines(log),
      };
      this.#children.set(child, running);
      return running;
    } finally {
      closeSync(file);
    }
  }

  /** Runs a load generator to its end and returns what it printed. */
  async output(command: Command, core: number): Promise<string> {
    // What generators say besides their result matters only when they fail.
    const log = join(scratchFolder('log'), 'load-generator.log');
    const file = openSync(log, 'w');
    const child = this.#spawn(command, core, ['ignore', 'pipe', file]);
    closeSync(file);
    const ended = once(child, 'exit');
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code, signal] = await ended;
    this.#children.delete(child);
    if (code !== 0) {
      const how = signal ?? `exit code ${code}`;
      throw new Error(`${command.file} ended with ${how}:\n${lastLines(log)}`);
    }
    return Buffer.concat(chunks).toString();
  }

  /** Starts a load generator that holds what it opened; `work` begins with its first output, then it is ended. */
  async whileHeld<T>(command: Command, core: number, work: (line: string) => Promise<T>): Promise<T> {
    const child = this.#spawn(command, core, ['pipe', 'pipe', 'inherit']);
    try {
      const ended = once(child, 'exit').then(() => []);
      const [line] = await Promise.race([child.stdout === null ? [] : once(child.stdout, 'data'), ended]);
      if (line === undefined) throw new Error(`${command.file} ended before it held anything`);
      return await work(String(line));
    } finally {
      await end(child);
      this.#children.delete(child);
    }
  }

  /** Throws where a program that should stay has ended, with the last lines of its log. */
  check(): void {
    for (const running of this.#children.values()) {
      if (running?.hasEnded()) throw new Error(`${running.name} has ended:\n${running.lastLines()}`);
    }
  }

  /** Ends programs that `start` started. */
  async end(programs: readonly Running[]): Promise<void> {
    const children = [...this.#children].flatMap(([child, running]) =>
      running !== undefined && programs.includes(running) ? [child] : [],
    );
    for (const child of children) this.#children.delete(child);
    await Promise.all(children.map(end));
  }

  /** Ends everything that was started and still runs. */
  async close(): Promise<void> {
    const children = [...this.#children.keys()];
    this.#children.clear();
    await Promise.all(children.map(end));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #spawn(command: Command, core: number, stdio: StdioOptions): ChildProcess {
    const child = spawn(
      // setpriv and taskset each replace themselves by the next, so the pid is the program's own. The kernel
      // sends the signal when the bench itself is killed and can end nothing any more.
      'setpriv',
      ['--pdeathsig', 'TERM', 'taskset', '--cpu-list', String(core), command.file, ...command.args],
      // A session of its own keeps the terminal's Ctrl-C away: the bench decides when programs end.
      { detached: true, stdio },
    );
    this.#children.set(child, undefined);
    return child;
  }
}

function lastLines(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || hasEnded(child)) return;
  const ended = once(child, 'exit');
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), END_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** The whole group of a process that leads one: nginx's workers, too. */
function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // It ended by itself in between.
  }
}
