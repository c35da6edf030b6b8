// fortio: gRPC unary calls (its own Ping), at full rate or at a fixed one.
import { fortioBinary } from '../install/fortio.ts';
import type { Command } from '../process.ts';
import type { Load, LoadResult } from './load.ts';

/** Bytes of the message that is sent and comes back. */
export const PING_BYTES = 1024;

export function fortioCommand(
  load: Extract<Load, { readonly kind: 'full-rate' | 'fixed-rate' }>,
  port: number,
  seconds: number,
): Command {
  const streams = load.kind === 'full-rate' ? (load.streams ?? 1) : 1;
  const rate = load.kind === 'full-rate' ? 0 : load.rate;
  return {
    file: fortioBinary(),
    args: [
      'load',
      '-quiet',
      '-grpc',
      '-ping',
      '-payload-size',
      String(PING_BYTES),
      '-c',
      String(load.connections),
      '-s',
      String(streams),
      '-qps',
      String(rate),
      '-t',
      `${seconds}s`,
      '-p',
      '50,99',
      '-json',
      '-',
      `127.0.0.1:${port}`,
    ],
  };
}

interface FortioReport {
  readonly ActualQPS: number;
  /** Calls by their outcome; `SERVING` (health) and `1` (ping) are good. */
  readonly RetCodes: Readonly<Record<string, number>>;
  readonly DurationHistogram: {
    readonly Count: number;
    /** Value in seconds. */
    readonly Percentiles: readonly { readonly Percentile: number; readonly Value: number }[];
  };
}

export function parseFortio(output: string): LoadResult {
  const start = output.indexOf('{');
  if (start < 0) throw new Error(`fortio printed no result:\n${output}`);
  const report = JSON.parse(output.slice(start)) as FortioReport;
  const { Count, Percentiles } = report.DurationHistogram;
  const good = (report.RetCodes.SERVING ?? 0) + (report.RetCodes['1'] ?? 0);
  const percentile = (wanted: number): number =>
    (Percentiles.find(({ Percentile }) => Percentile === wanted)?.Value ?? Number.NaN) * 1e6;
  return {
    requests: good,
    failed: Count - good,
    perSecond: report.ActualQPS,
    p50Us: percentile(50),
    p99Us: percentile(99),
  };
}
