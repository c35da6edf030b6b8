// For tests: whether a process lives, what it is and what it started.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A zombie, which its parent has not asked after yet, is dead. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // The state follows the name, which may hold anything but ends in the last parenthesis.
  return !/^.*\) Z/s.test(procFile(pid, 'stat'));
}

export async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(5);
}

/** Program and arguments, divided by spaces; empty where the process is gone. */
export function commandLine(pid: number): string {
  return procFile(pid, 'cmdline').replaceAll('\0', ' ');
}

/** Its variables, each `NAME=value`; none where the process is gone or somebody else's. */
export function environment(pid: number): readonly string[] {
  return procFile(pid, 'environ').split('\0');
}

export function childrenOf(pid: number): number[] {
  return procFile(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Empty where the process is gone, also while it is read, and where there is no /proc. */
function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
