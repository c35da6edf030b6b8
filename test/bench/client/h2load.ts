// h2load (nghttp2): HTTP/2 in plain text with prior knowledge, at full rate.
import type { Command } from '../process.ts';
import { microseconds } from './duration.ts';
import type { LoadResult } from './load.ts';

export function h2loadCommand(url: string, connections: number, streams: number, seconds: number): Command {
  return {
    file: 'h2load',
    args: ['-t1', `-c${connections}`, `-m${streams}`, `-D${seconds}s`, url],
  };
}

/** Reads h2load's report: it has a mean and no percentiles. */
export function parseH2load(output: string): LoadResult {
  const counts = output.match(/requests: .*?(\d+) succeeded, (\d+) failed, (\d+) errored/);
  const perSecond = output.match(/finished in [^,]+, ([\d.]+) req\/s/)?.[1];
  const mean = output.match(/^time for request:\s+\S+\s+\S+\s+(\S+)/m)?.[1];
  if (counts === null || perSecond === undefined) throw new Error(`h2load printed no result:\n${output}`);
  const [succeeded = 0, failed = 0, errored = 0] = counts.slice(1).map(Number);
  return {
    requests: succeeded,
    failed: failed + errored,
    perSecond: Number(perSecond),
    meanUs: microseconds(mean),
  };
}
