// What `weft up` does from the first line to the last: start, show, end.

import { ApiClient } from '../api-client.ts';
import { styleFor } from '../output/style.ts';
import { failures } from './failure.ts';
import { showLines } from './show-lines.ts';
import { showLive } from './show-live.ts';
import { type RunningMesh, startLocalMesh } from './start.ts';
import { readTraffic, trafficTables } from './traffic.ts';

export interface UpOptions {
  readonly apiPort: number;
  /** Runs so long once everything is ready; absent: until a signal. */
  readonly forMs?: number;
}

/** Returns the exit code. @throws UserError where the mesh could not be started. */
export async function up(folder: string, options: UpOptions): Promise<number> {
  const style = styleFor(process.stderr);
  const say = (text: string): void => {
    const seconds = process.uptime().toFixed(1);
    process.stderr.write(`${style.dim(`${seconds.padStart(6)} s`)}  ${text}\n`);
  };
  const signal = endSignal();
  let running: RunningMesh;
  try {
    running = await startLocalMesh({ folder, apiPort: options.apiPort, signal, onStage: say });
  } catch (error) {
    if (!signal.aborted) throw error;
    say('stopped before it was up');
    return 1;
  }
  const api = new ApiClient(running.controlPlane.apiAddress);
  try {
    if (process.stdout.isTTY && options.forMs === undefined) await showLive(running, api, folder, signal);
    else await showLines(running, api, { forMs: options.forMs, signal, say });
    const failed = signal.aborted ? [] : failures(running.mesh.state.replicas);
    process.stdout.write(trafficTables(await readTraffic(api), styleFor(process.stdout)));
    for (const failure of failed) process.stderr.write(`${style.bad('error')}: ${failure}\n`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    api.close();
    say('stopping …');
    await running.stop();
    say('stopped, nothing is left behind');
  }
}

/** Aborts at the first Ctrl-C, SIGTERM or hang-up; at the second the orphan guard ends what is left, at once. */
function endSignal(): AbortSignal {
  const ending = new AbortController();
  const end = (): void => {
    if (ending.signal.aborted) process.exit(130);
    ending.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end);
  return ending.signal;
}
