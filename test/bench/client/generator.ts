// The load generator for a scenario: which program, called how, read how.
import type { Command } from '../process.ts';
import type { Scenario } from '../scenario.ts';
import { fortioCommand, parseFortio } from './fortio.ts';
import { h2loadCommand, parseH2load } from './h2load.ts';
import type { Load, LoadResult } from './load.ts';
import { paceCommand, parsePace } from './pace.ts';
import { parseWrk, wrkCommand } from './wrk.ts';

export interface Generator {
  readonly command: Command;
  /** Throws where the program printed no result. */
  readonly parse: (output: string) => LoadResult;
}

/** `pace`: path of the compiled pace.c. */
export function generator(
  pace: string,
  { protocol, path }: Pick<Scenario, 'protocol' | 'path'>,
  load: Load,
  port: number,
  seconds: number,
): Generator {
  const url = `http://127.0.0.1:${port}${path}`;
  if (protocol === 'grpc' && (load.kind === 'full-rate' || load.kind === 'fixed-rate')) {
    return { command: fortioCommand(load, port, seconds), parse: parseFortio };
  }
  if (load.kind === 'full-rate') {
    return protocol === 'http2'
      ? { command: h2loadCommand(url, load.connections, load.streams ?? 1, seconds), parse: parseH2load }
      : { command: wrkCommand(url, load.connections, seconds), parse: parseWrk };
  }
  return { command: paceCommand(pace, load, port, path, seconds), parse: parsePace };
}
