// pace (pace.c): fixed rate, a connection for each request, and idle connections.
import type { Command } from '../process.ts';
import type { Load, LoadResult } from './load.ts';

/** Requests of the first part are answered but not counted, percentiles would be those of connecting. */
const WARM_SECONDS = 0.2;

export function paceCommand(
  program: string,
  load: Exclude<Load, { readonly kind: 'full-rate' }>,
  port: number,
  path: string,
  seconds: number,
): Command {
  return {
    file: program,
    args: [
      ...mode(load),
      '--connections',
      String(load.connections),
      '--seconds',
      String(seconds),
      '--warm',
      String(WARM_SECONDS),
      '127.0.0.1',
      String(port),
      path,
    ],
  };
}

function mode(load: Exclude<Load, { readonly kind: 'full-rate' }>): readonly string[] {
  switch (load.kind) {
    case 'fixed-rate':
      return ['--rate', String(load.rate)];
    case 'new-connections':
      return ['--new-connections'];
    case 'idle':
      return ['--hold'];
  }
}

/** Reads pace's line of JSON. Requests still under way at the end count as failed. */
export function parsePace(output: string): LoadResult {
  const result = JSON.parse(output) as LoadResult & { readonly unfinished: number };
  return { ...result, failed: result.failed + result.unfinished };
}
