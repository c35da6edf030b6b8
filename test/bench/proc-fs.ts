// Reads what the kernel counts about processes and cores. Each takes one reading; differences are the caller's.
import { readdirSync, readFileSync } from 'node:fs';

/** CPU time that the processes and all that they started have used so far, all threads, nanoseconds. */
export function cpuTimeNs(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids.flatMap(processTree)) {
    for (const thread of threadsOf(pid)) {
      // schedstat, not stat: nanoseconds that were run, where stat counts ticks of 10 ms.
      sum += Number(read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0);
    }
  }
  return sum;
}

/** Memory of the processes and all that they started, MiB. */
export interface Memory {
  /** Proportional set size: shared pages are split among all that use them. */
  readonly pss: number;
  /** The part of it that no file backs: heaps and stacks, without code. */
  readonly anonymous: number;
}

export function memory(pids: readonly number[]): Memory {
  const sum = { pss: 0, anonymous: 0 };
  for (const pid of pids.flatMap(processTree)) {
    const rollup = read(`/proc/${pid}/smaps_rollup`) ?? '';
    sum.pss += Number(rollup.match(/^Pss:\s+(\d+)/m)?.[1] ?? 0) / 1024;
    sum.anonymous += Number(rollup.match(/^Pss_Anon:\s+(\d+)/m)?.[1] ?? 0) / 1024;
  }
  return sum;
}

/** How long a core has been idle since boot, as seen at a moment; both in milliseconds. */
export interface CoreReading {
  readonly idleMs: number;
  readonly atMs: number;
}

export function readCore(core: number): CoreReading {
  return { idleMs: parseIdleMs(readFileSync('/proc/stat', 'utf8'), core), atMs: performance.now() };
}

/** From the text of /proc/stat: `cpu0 user nice system idle iowait …`, in ticks of 10 ms. */
export function parseIdleMs(stat: string, core: number): number {
  const line = stat.split('\n').find((line) => line.startsWith(`cpu${core} `));
  if (line === undefined) throw new Error(`/proc/stat knows no core ${core}`);
  const [, , , , idle = 0, iowait = 0] = line.split(/\s+/).map(Number);
  return (idle + iowait) * 10;
}

/**
 * Share of the core that was not idle between two readings, percent. Counted from idle time, which the kernel
 * measures; busy time it samples at each tick, and requests in step with the tick are then seen always or never.
 * Time that the hypervisor took away counts as busy: a noisy machine must show it.
 */
export function busyPercent(before: CoreReading, after: CoreReading): number {
  const idleShare = (after.idleMs - before.idleMs) / (after.atMs - before.atMs);
  return 100 * Math.min(1, Math.max(0, 1 - idleShare));
}

/** Cores this process may run on. */
export function allowedCores(): readonly number[] {
  const list = read('/proc/self/status')?.match(/^Cpus_allowed_list:\s+(\S+)/m)?.[1];
  return list === undefined ? [] : parseCoreList(list);
}

/** `0-2,5` → 0, 1, 2, 5. */
export function parseCoreList(list: string): readonly number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function processTree(pid: number): readonly number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A process or thread may end between being listed and being read: it then counts nothing. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
