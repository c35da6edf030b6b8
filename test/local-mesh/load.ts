// Constant traffic while a test changes something: a few connections that are kept alive, one request after the
// other on each, and a record of everything that went wrong.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, call } from './call.ts';

export interface LoadOptions {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly path?: string;
  /** Default 4. */
  readonly connections?: number;
  /** Of a connection between an answer and the next request; default 4. */
  readonly pauseMs?: number;
  /** Requests a second of all connections together, where the machine holds so many; else as with `pauseMs`. */
  readonly rate?: number;
}

export interface LoadReport {
  readonly requests: number;
  /** Requests a second that it came to. */
  readonly rate: number;
  /** Answers that were not 200 and requests without one. */
  readonly failures: readonly string[];
  /** Connections that were lost and had to be opened again. */
  readonly dropped: number;
  readonly slowestMs: number;
}

const DEFAULT_CONNECTIONS = 4;
const DEFAULT_PAUSE_MS = 4;

export class Load implements AsyncDisposable {
  readonly #options: LoadOptions;
  readonly #agents: Agent[];
  readonly #running: Promise<unknown>;
  readonly #failures: string[] = [];
  readonly #opened = new Set<unknown>();
  readonly #started = performance.now();
  #requests = 0;
  #slowestMs = 0;
  #isEnding = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    const length = options.connections ?? DEFAULT_CONNECTIONS;
    this.#agents = Array.from({ length }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    for (const agent of this.#agents) agent.on('free', (socket) => this.#opened.add(socket));
    this.#running = Promise.all(this.#agents.map((agent) => this.#run(agent)));
  }

  get requests(): number {
    return this.#requests;
  }

  /** Lets the requests under way end. */
  async stop(): Promise<LoadReport> {
    this.#isEnding = true;
    await this.#running;
    for (const agent of this.#agents) agent.destroy();
    return {
      requests: this.#requests,
      rate: Math.round((this.#requests * 1000) / (performance.now() - this.#started)),
      failures: this.#failures,
      dropped: this.#opened.size - this.#agents.length,
      slowestMs: Math.round(this.#slowestMs),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #pauseMs(): number {
    return this.#options.pauseMs ?? DEFAULT_PAUSE_MS;
  }

  async #run(agent: Agent): Promise<void> {
    const { port, path = '/', rate } = this.#options;
    const intervalMs = rate === undefined ? undefined : (1000 * this.#agents.length) / rate;
    while (!this.#isEnding) {
      const started = performance.now();
      const failure = await call(port, path, { agent }).then(failureOf, (error: Error) => error.message);
      const took = performance.now() - started;
      this.#requests++;
      this.#slowestMs = Math.max(this.#slowestMs, took);
      if (failure !== undefined) {
        this.#failures.push(`${new Date().toISOString()} after ${took.toFixed(0)} ms: ${failure}`);
      }
      // One that comes late does not make the next ones come at once.
      const restMs = intervalMs === undefined ? this.#pauseMs : intervalMs - (performance.now() - started);
      if (restMs > 0) await sleep(restMs);
    }
  }
}

function failureOf({ status, body }: Answer): string | undefined {
  return status === 200 ? undefined : `${status} ${body.trim()}`;
}

/** Ends the load and tells its figures; no request has failed and no connection was lost. */
export async function assertNothingLost(t: TestContext, load: Load): Promise<void> {
  const { requests, rate, failures, dropped, slowestMs } = await load.stop();
  t.diagnostic(`${requests} requests, ${rate} a second, the slowest ${slowestMs} ms`);
  assert.deepEqual(failures, []);
  assert.equal(dropped, 0);
}
