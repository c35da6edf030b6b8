// A check whose tool talks to its server through Weft. Whatever the tool says, a proxy that ended is a failure.

import { CheckFailed, type Checks } from './checks.ts';
import type { Mesh } from './mesh.ts';

/** `work` is given the port where the client connects. */
export function through(
  checks: Checks,
  name: string,
  start: () => Promise<Mesh>,
  work: (port: number) => Promise<string>,
): Promise<void> {
  return checks.check(name, async () => {
    await using mesh = await start();
    const outcome = await work(mesh.port).catch((error: unknown) => error as Error);
    const crashes = mesh.crashed();
    if (crashes.length === 0) {
      if (typeof outcome === 'string') return outcome;
      throw outcome;
    }
    const logs = crashes.flatMap((proxy) => [`${proxy.name}:`, ...proxy.lastLines().split('\n').slice(-12)]);
    const told = typeof outcome === 'string' ? outcome : outcome.message;
    throw new CheckFailed(`${crashes.length} of the proxies ended; ${told}`, logs);
  });
}
