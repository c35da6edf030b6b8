// Which workloads did not do what was asked of them, and their last words.

import { readFile } from 'node:fs/promises';
import type { DataFolder } from './data-folder.ts';
import type { Replica } from './replica.ts';

/** A sentence for each replica that is not ready or had to be started again. */
export function failures(replicas: readonly Replica[]): string[] {
  return replicas.flatMap(({ notReady, restarts, lastExit, workload, plan }) => {
    const name = `${workload.namespace}/${plan.pod}`;
    const ended =
      restarts === 0 ? [] : [`ended ${restarts === 1 ? 'once' : `${restarts} times`}: ${lastExit}`];
    const state = notReady ? [`is not ready: ${notReady.reason}: ${notReady.message}`] : [];
    const all = [...state, ...ended];
    return all.length === 0 ? [] : [`${name} ${all.join('; it ')}`];
  });
}

/** The end of what the replica's process wrote, for a person to see why. */
export async function lastLines(replica: Replica, data: DataFolder): Promise<string[]> {
  const file = data.path('logs', `${replica.workload.namespace}.${replica.plan.pod}.app.log`);
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').filter(Boolean).slice(-8);
  return lines.length === 0 ? [] : [`its last output:`, ...lines.map((line) => `  ${line}`)];
}
