// Runs a real client to its end and looks for what it has to say.

import { CheckFailed } from '../checks.ts';
import type { Setting } from '../part.ts';
import type { Command } from '../programs.ts';

/** Throws where it fails, or does not print `wanted`. Answers what it printed. */
export async function runClient(
  { programs }: Setting,
  command: Command,
  wanted: string | RegExp,
): Promise<string> {
  const { code, output } = await programs.run(command);
  const isThere = typeof wanted === 'string' ? output.includes(wanted) : wanted.test(output);
  if (code === 0 && isThere) return output;
  const what = code === 0 ? `did not print ${wanted}` : code === -1 ? 'got no end' : `ended with ${code}`;
  throw new CheckFailed(`${command.file} ${what}`, output.trimEnd().split('\n').slice(-10));
}
