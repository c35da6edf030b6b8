// Starts a target's chain of hops in front of the origin.
import type { Certificates } from './certificates.ts';
import { freePort, waitForPort } from './port.ts';
import type { Processes, Running } from './process.ts';
import type { Scenario } from './scenario.ts';
import type { Target } from './targets/target.ts';
import { verifyChain } from './verify.ts';

/** A target that runs and was seen to do its work. */
export interface Chain {
  readonly target: string;
  /** Where the client connects. */
  readonly port: number;
  /** One program for each hop; none without a proxy. */
  readonly hops: readonly Running[];
  readonly pids: readonly number[];
}

export async function startChain(
  target: Target,
  scenario: Scenario,
  originPort: number,
  certificates: Certificates,
  processes: Processes,
  proxyCore: number,
): Promise<Chain> {
  const { protocol } = scenario;
  const hops: Running[] = [];
  let next = originPort;
  // The hop nearest to the origin first: each needs the port of the one behind it.
  for (const role of scenario.hops.toReversed()) {
    const name = `${target.name}-${role}`;
    const port = await freePort();
    const command = await target.command({ name, role, protocol, port, upstreamPort: next, certificates });
    if (command === undefined) continue;
    const running = processes.start(name, command, proxyCore);
    await waitForPort(running, port);
    hops.push(running);
    next = port;
  }
  // What is relayed as bytes carries no sign of what was decided on it.
  const proven = protocol === 'tcp' ? [] : scenario.hops.flatMap((role) => target.features(role));
  await verifyChain(target.name, next, scenario, new Set(proven));
  return { target: target.name, port: next, hops, pids: hops.map(({ pid }) => pid) };
}
