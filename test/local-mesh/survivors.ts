// Finds what a mesh leaves running, also processes whose parents are gone.

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { isAlive } from '@weft/cli/testing/processes';

const MARK = 'WEFT_TEST_MARK';

/**
 * From now on every process that this one starts carries a mark, and so do their children. Returns a look at the
 * marked processes that live.
 */
export function markProcesses(): () => number[] {
  const mark = randomUUID();
  process.env[MARK] = mark;
  return () =>
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid && environmentOf(pid).includes(mark) && isAlive(pid));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    // Gone meanwhile, or somebody else's.
    return '';
  }
}
