// One scenario, in rounds that visit its targets in turn, every other round backwards (A B C, C B A), so that a
// drift of the machine meets all of them alike.
import type { Certificates } from './certificates.ts';
import { type Chain, startChain } from './chain.ts';
import { type Bench, measureIdle, measureLoad, warmUp } from './measure.ts';
import { originCommand } from './origin.ts';
import { freePort, waitForPort } from './port.ts';
import type { QuietBudget } from './quiet.ts';
import type { Sample } from './sample.ts';
import type { Scenario } from './scenario.ts';
import type { Target } from './targets/target.ts';

export interface Plan {
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly quiet: QuietBudget;
}

/** Starts a target in front of the scenario's origin. */
type Start = (target: Target) => Promise<Chain>;

/** Runs a scenario with the given targets; ends all processes that it started. */
export async function runScenario(
  bench: Bench,
  scenario: Scenario,
  targets: readonly Target[],
  certificates: Certificates,
  plan: Plan,
): Promise<readonly Sample[]> {
  const { processes, proxyCore, clientCore } = bench;
  try {
    const originPort = await freePort();
    await waitForPort(
      processes.start('origin', originCommand(originPort, scenario.protocol), clientCore),
      originPort,
    );
    const start: Start = (target) =>
      startChain(target, scenario, originPort, certificates, processes, proxyCore);
    const run = scenario.load.kind === 'idle' ? oneByOne : allAtOnce;
    return await run(bench, scenario, targets, start, plan);
  } finally {
    await processes.close();
  }
}

/** A B C, C B A, A B C … */
export function visits<T>(
  visited: readonly T[],
  rounds: number,
): readonly { readonly one: T; readonly round: number }[] {
  return Array.from({ length: rounds }, (_, round) =>
    (round % 2 === 0 ? visited : visited.toReversed()).map((one) => ({ one, round })),
  ).flat();
}

/** All targets stay alive and warm, and are loaded in turn. */
async function allAtOnce(
  bench: Bench,
  scenario: Scenario,
  targets: readonly Target[],
  start: Start,
  plan: Plan,
): Promise<readonly Sample[]> {
  const chains: Chain[] = [];
  for (const target of targets) chains.push(await start(target));
  for (const chain of chains) await warmUp(bench, scenario, chain, plan.warmUpSeconds);
  const samples: Sample[] = [];
  for (const { one: chain, round } of visits(chains, plan.rounds)) {
    await plan.quiet.wait();
    samples.push({ target: chain.target, round, values: await measureLoad(bench, scenario, chain) });
    bench.processes.check();
  }
  return samples;
}

/**
 * For memory: a target is started, measured and ended before the next begins. PSS splits shared code among all
 * that run it, so two forms of one program alive at once would each look smaller than either is alone; and a heap
 * that grew in one round would be the rest of the next.
 */
async function oneByOne(
  bench: Bench,
  scenario: Scenario,
  targets: readonly Target[],
  start: Start,
  plan: Plan,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const { one: target, round } of visits(targets, plan.rounds)) {
    const chain = await start(target);
    samples.push({ target: target.name, round, values: await measureIdle(bench, scenario, chain) });
    bench.processes.check();
    await bench.processes.end(chain.hops);
  }
  return samples;
}
