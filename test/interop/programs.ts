// Programs of others that the suite starts: as an unprivileged user, with a time limit, and ended by their pid
// whatever happens.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchFolder } from '../install/folders.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to our own. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly folder?: string;
  /** Who it runs as where we are root; default: whoever we are. */
  readonly user?: string;
  /** Standard input; default none. */
  readonly input?: string;
  /** Of `run`; default 60 s. It is killed then. */
  readonly limitMs?: number;
}

export interface Finished {
  /** Its exit code; -1 where a signal ended it, ours after the time limit among them. */
  readonly code: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  readonly ms: number;
}

/** A program that was started and is meant to stay. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  hasEnded(): boolean;
  lastLines(): string;
}

const START_LIMIT_MS = 30_000;
const END_LIMIT_MS = 5_000;
/** Servers are there, and not on everybody's PATH. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

export class Programs implements AsyncDisposable {
  readonly #children = new Map<ChildProcess, Running | undefined>();

  /** Starts a program that stays; resolves when it accepts connections on the port. */
  async start(name: string, command: Command, port: number): Promise<Running> {
    const log = join(scratchFolder('interop', 'log'), `${name}.log`);
    const file = openSync(log, 'w');
    try {
      const child = this.#spawn(command, ['ignore', file, file]);
      const running: Running = {
        name,
        pid: child.pid ?? 0,
        hasEnded: () => hasEnded(child),
        lastLines: () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n'),
      };
      this.#children.set(child, running);
      await waitForPort(running, port);
      return running;
    } finally {
      closeSync(file);
    }
  }

  /** Runs a program to its end; its exit code is the caller's to judge. */
  async run(command: Command): Promise<Finished> {
    const started = performance.now();
    const child = this.#spawn(command, ['pipe', 'pipe', 'pipe']);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A program that ends without reading its input is no failure of ours.
    child.stdin?.on('error', () => {});
    child.stdin?.end(command.input ?? '');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), command.limitMs ?? 60_000);
    const [code] = await once(child, 'close');
    clearTimeout(timer);
    this.#children.delete(child);
    const output = Buffer.concat(chunks).toString();
    return { code: code ?? -1, output, ms: performance.now() - started };
  }

  /** Programs that should stay and have ended. */
  ended(): readonly Running[] {
    return [...this.#children.values()].filter((running) => running?.hasEnded() === true) as Running[];
  }

  async end(running: Running): Promise<void> {
    for (const [child, started] of this.#children) {
      if (started !== running) continue;
      this.#children.delete(child);
      await end(child);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const children = [...this.#children.keys()];
    this.#children.clear();
    await Promise.all(children.map(end));
  }

  #spawn(
    { file, args, user, folder, environment }: Command,
    stdio: ('ignore' | 'pipe' | number)[],
  ): ChildProcess {
    const isRoot = process.getuid?.() === 0;
    const as = user === undefined || !isRoot ? [] : [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
    // setpriv becomes the program, so the pid is the program's. The kernel sends the signal when the suite itself is
    // killed and can end nothing any more.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...as.map(groupName), file, ...args], {
      // A group of its own: a program ends with all that it started.
      detached: true,
      stdio,
      env: { ...process.env, PATH, ...environment },
      ...(folder !== undefined && { cwd: folder }),
    });
    this.#children.set(child, undefined);
    return child;
  }
}

/** Users have a group of their own name, but for this one. */
function groupName(option: string): string {
  return option === '--regid=nobody' ? '--regid=nogroup' : option;
}

/** A loopback port that nothing uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

async function waitForPort(running: Running, port: number): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!isListening(port)) {
    if (running.hasEnded() || Date.now() > deadline) {
      const what = running.hasEnded() ? 'ended' : `does not listen on port ${port}`;
      throw new Error(`${running.name} ${what}; its log ends with:\n${running.lastLines()}`);
    }
    // There is no event for another process beginning to listen.
    await sleep(10);
  }
}

/** Asked of the kernel: a connection to find out would be the first that a proxy's detection learns from. */
function isListening(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:0000 0A `, 'm');
  return ['/proc/net/tcp', '/proc/net/tcp6'].some((file) => listening.test(readFileSync(file, 'utf8')));
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = once(child, 'exit');
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), END_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself in between.
  }
}
