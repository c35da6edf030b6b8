// One visit of one target: readings before and after a load, and the figures that follow from them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chain } from './chain.ts';
import { generator } from './client/generator.ts';
import type { Load, LoadResult } from './client/load.ts';
import { paceCommand, parsePace } from './client/pace.ts';
import { BODY_BYTES } from './origin.ts';
import { busyPercent, cpuTimeNs, memory, readCore } from './proc-fs.ts';
import type { Processes } from './process.ts';
import type { Sample } from './sample.ts';
import type { Scenario } from './scenario.ts';

/** What every visit needs. */
export interface Bench {
  readonly processes: Processes;
  readonly proxyCore: number;
  readonly clientCore: number;
  /** Path of the compiled client/pace.c. */
  readonly pace: string;
  /** Length of one visit. */
  readonly seconds: number;
}

/** Before memory is read: what a start or an answer left behind is collected, lazily loaded code is loaded. */
const SETTLE_MS = 1000;

/** CPU, throughput and latency under the scenario's load. */
export async function measureLoad(bench: Bench, scenario: Scenario, chain: Chain): Promise<Sample['values']> {
  const { proxyCore, clientCore } = bench;
  const before = { proxy: readCore(proxyCore), client: readCore(clientCore) };
  const cpuBefore = cpuTimeNs(chain.pids);
  const startedAt = performance.now();
  const result = await runLoad(bench, scenario, scenario.load, chain, bench.seconds);
  const cpuNs = cpuTimeNs(chain.pids) - cpuBefore;
  const elapsedNs = (performance.now() - startedAt) * 1e6;
  const proxyBusy = busyPercent(before.proxy, readCore(proxyCore));
  return {
    requestsPerSecond: result.perSecond,
    megabytesPerSecond: (result.perSecond * BODY_BYTES[scenario.path]) / 1e6,
    cpuUs: cpuNs / 1000 / Math.max(1, result.requests),
    ...(result.p50Us !== undefined && { p50Us: result.p50Us }),
    ...(result.p99Us !== undefined && { p99Us: result.p99Us }),
    ...(result.meanUs !== undefined && { meanUs: result.meanUs }),
    heapMiB: memory(chain.pids).anonymous,
    proxyCore: proxyBusy,
    clientCore: busyPercent(before.client, readCore(clientCore)),
    alien: Math.max(0, proxyBusy - (100 * cpuNs) / elapsedNs),
    failed: result.failed,
  };
}

/** Memory at rest, and while idle connections are held. */
export async function measureIdle(bench: Bench, scenario: Scenario, chain: Chain): Promise<Sample['values']> {
  const { load, path } = scenario;
  if (load.kind !== 'idle') throw new Error(`${scenario.name} is not an idle scenario`);
  await sleep(SETTLE_MS);
  const restMiB = memory(chain.pids).pss;
  const command = paceCommand(bench.pace, load, chain.port, path, bench.seconds);
  return bench.processes.whileHeld(command, bench.clientCore, async (line) => {
    await sleep(SETTLE_MS);
    const heldMiB = memory(chain.pids).pss;
    const connectionKiB = ((heldMiB - restMiB) * 1024) / load.connections;
    return { restMiB, heldMiB, connectionKiB, failed: parsePace(line).failed };
  });
}

/**
 * Brings a target to its steady state, at full rate whatever the scenario's load is: at 1,000/s a just-in-time
 * compiler would still be at work for minutes, and a sidecar lives for days.
 */
export async function warmUp(bench: Bench, scenario: Scenario, chain: Chain, seconds: number): Promise<void> {
  await runLoad(bench, scenario, { kind: 'full-rate', connections: 16 }, chain, seconds);
}

async function runLoad(
  { pace, processes, clientCore }: Bench,
  scenario: Scenario,
  load: Load,
  { port }: Chain,
  seconds: number,
): Promise<LoadResult> {
  const { command, parse } = generator(pace, scenario, load, port, seconds);
  return parse(await processes.output(command, clientCore));
}
