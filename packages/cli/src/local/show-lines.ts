// `weft up` without a terminal: a line for each stage, and for each problem when it is new.

import type { ApiClient } from '../api-client.ts';
import { count } from '../output/quantity.ts';
import { UserError } from '../user-error.ts';
import { failures, lastLines } from './failure.ts';
import { pause } from './pause.ts';
import { problemsOf } from './problems.ts';
import type { RunningMesh } from './start.ts';

/** Where nobody watches, everything has to be ready within this time. */
const START_LIMIT_MS = 60_000;
/** A process that ended so often before everything was ready will not get better by waiting. */
const RESTART_LIMIT = 4;
const PERIOD_MS = 1000;

export interface ShowLinesOptions {
  /** Ends so long after everything was ready; undefined: at the signal, and without a limit for the start. */
  readonly forMs: number | undefined;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** @throws UserError where a workload does not get ready. */
export async function showLines(
  running: RunningMesh,
  api: ApiClient,
  { forMs, signal, say }: ShowLinesOptions,
): Promise<void> {
  const isReady = await untilReady(running, forMs === undefined ? undefined : START_LIMIT_MS, signal);
  if (signal.aborted) return;
  if (!isReady) throw new UserError(await describeFailures(running));
  say(`${count(running.mesh.state.replicas.length, 'replica')} ready`);
  const end = forMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + forMs;
  let known: readonly string[] = [];
  while (!signal.aborted && Date.now() < end) {
    const problems = await problemsOf(running, api);
    for (const problem of problems) if (!known.includes(problem)) say(problem);
    known = problems;
    await pause(Math.min(PERIOD_MS, end - Date.now()), signal);
  }
}

/** False where the limit passed, a process kept ending, or the signal came first. */
function untilReady(
  { mesh }: RunningMesh,
  limitMs: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = limitMs === undefined ? undefined : setTimeout(() => resolve(false), limitMs);
    const look = (): void => {
      const { replicas, workloads } = mesh.state;
      const wanted = workloads.reduce((sum, workload) => sum + workload.replicas, 0);
      const isReady = replicas.length === wanted && replicas.every(({ view }) => view.phase === 'ready');
      const isHopeless = limitMs !== undefined && replicas.some(({ restarts }) => restarts >= RESTART_LIMIT);
      if (!isReady && !isHopeless && !signal.aborted) return;
      clearTimeout(timer);
      resolve(isReady);
    };
    mesh.onChange(look);
    signal.addEventListener('abort', look, { once: true });
    look();
  });
}

async function describeFailures({ mesh, data }: RunningMesh): Promise<string> {
  const { replicas } = mesh.state;
  const broken = replicas.find(({ view }) => view.phase !== 'ready');
  return [...failures(replicas), ...(broken ? await lastLines(broken, data) : [])].join('\n');
}
