// What one visit of one target in one round measured, and how samples of all rounds are put together.
import { type Spread, spread } from './statistics.ts';

/** Every figure the bench knows; a scenario measures some of them. */
export type Metric =
  | 'requestsPerSecond'
  | 'megabytesPerSecond'
  /** CPU of all threads of all hops for one request, microseconds. */
  | 'cpuUs'
  | 'p50Us'
  | 'p99Us'
  | 'meanUs'
  /** Heaps and stacks of all hops after the load, MiB: code that targets share is not in it. */
  | 'heapMiB'
  /** PSS of all hops alone on the machine, MiB: before any load, and with idle connections. */
  | 'restMiB'
  | 'heldMiB'
  /** Growth of PSS since rest for each idle connection, KiB. */
  | 'connectionKiB'
  /** Shares of the cores, percent: busy with anything, and busy with neither the target nor nothing. */
  | 'proxyCore'
  | 'clientCore'
  | 'alien'
  /** Requests without a good answer. */
  | 'failed';

export interface Sample {
  readonly target: string;
  readonly round: number;
  readonly values: Readonly<Partial<Record<Metric, number>>>;
}

/** The spread of a target's metric over all rounds. */
export function metricSpread(samples: readonly Sample[], target: string, metric: Metric): Spread | undefined {
  return spread(samples.flatMap((sample) => (sample.target === target ? (sample.values[metric] ?? []) : [])));
}

/**
 * The spread of target/peer, each ratio taken inside one round: what disturbs the machine for longer than a
 * round disturbs both and cancels out.
 */
export function ratioSpread(
  samples: readonly Sample[],
  target: string,
  peer: string,
  metric: Metric,
): Spread | undefined {
  const peerByRound = new Map(
    samples.filter((sample) => sample.target === peer).map(({ round, values }) => [round, values[metric]]),
  );
  return spread(
    samples.flatMap((sample) => {
      const value = sample.values[metric];
      const other = peerByRound.get(sample.round);
      return sample.target === target && value !== undefined && other ? [value / other] : [];
    }),
  );
}

/** Sum over all rounds; for counts such as failed requests. */
export function metricSum(samples: readonly Sample[], target: string, metric: Metric): number {
  return samples.reduce(
    (sum, sample) => sum + (sample.target === target ? (sample.values[metric] ?? 0) : 0),
    0,
  );
}
