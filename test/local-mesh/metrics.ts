// Reads numbers of the processes under test from their metrics pages.

import { call } from './call.ts';

/** Sum of all series of a metric; labels that are named have to be there. 0 where there is none. */
export async function metric(port: number, name: string, ...labels: readonly string[]): Promise<number> {
  const { body } = await call(port, '/metrics');
  return body
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
