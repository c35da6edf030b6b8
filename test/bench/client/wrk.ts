// wrk: HTTP/1.1 at full rate.
import type { Command } from '../process.ts';
import { microseconds } from './duration.ts';
import type { LoadResult } from './load.ts';

export function wrkCommand(url: string, connections: number, seconds: number): Command {
  const args = [
    '--threads',
    '1',
    '--connections',
    String(connections),
    '--duration',
    `${seconds}s`,
    '--latency',
    url,
  ];
  return { file: 'wrk', args };
}

/** Reads wrk's report. Answers that are not 2xx or 3xx and errors of sockets count as failed. */
export function parseWrk(output: string): LoadResult {
  const answers = Number(output.match(/(\d+) requests in /)?.[1]);
  const perSecond = Number(output.match(/Requests\/sec:\s+([\d.]+)/)?.[1]);
  if (Number.isNaN(answers) || Number.isNaN(perSecond)) throw new Error(`wrk printed no result:\n${output}`);
  const refused = Number(output.match(/Non-2xx or 3xx responses: (\d+)/)?.[1] ?? 0);
  const [, connect = 0, read = 0, write = 0, timeout = 0] =
    output.match(/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/)?.map(Number) ?? [];
  return {
    requests: answers,
    failed: refused + connect + read + write + timeout,
    perSecond,
    p50Us: microseconds(output.match(/^\s+50%\s+(\S+)/m)?.[1]),
    p99Us: microseconds(output.match(/^\s+99%\s+(\S+)/m)?.[1]),
  };
}
