// Samples and judged bars as tables.
import type { Judged } from '../bars.ts';
import { type Metric, metricSpread, metricSum, ratioSpread, type Sample } from '../sample.ts';
import { BASE, type Scenario } from '../scenario.ts';
import type { Spread } from '../statistics.ts';
import type { Table } from './table.ts';

/** Heading and decimals of each metric; `total` and `worst` are over all rounds, the others are medians. */
const COLUMNS: Readonly<Record<Metric, { heading: string; digits: number; shown?: 'total' | 'worst' }>> = {
  requestsPerSecond: { heading: 'requests/s', digits: 0 },
  megabytesPerSecond: { heading: 'MB/s', digits: 0 },
  cpuUs: { heading: 'CPU µs/request', digits: 1 },
  p50Us: { heading: 'p50 µs', digits: 0 },
  p99Us: { heading: 'p99 µs', digits: 0 },
  meanUs: { heading: 'mean µs', digits: 0 },
  heapMiB: { heading: 'heap MiB', digits: 1 },
  restMiB: { heading: 'PSS MiB at rest', digits: 1 },
  heldMiB: { heading: 'PSS MiB with connections', digits: 1 },
  connectionKiB: { heading: 'KiB/connection', digits: 1 },
  proxyCore: { heading: 'proxy core %', digits: 0 },
  clientCore: { heading: 'client core %', digits: 0 },
  alien: { heading: 'alien %', digits: 0, shown: 'worst' },
  failed: { heading: 'failed', digits: 0, shown: 'total' },
};

/** One row for each target, in the order given; a ratio column follows the CPU column. */
export function scenarioTable(scenario: Scenario, samples: readonly Sample[]): Table {
  const targets = [...new Set(samples.map(({ target }) => target))];
  const withRatio = (metric: Metric): boolean => metric === 'cpuUs' && targets.includes(BASE);
  return {
    title: `${scenario.name}: ${scenario.title}`,
    columns: [
      'target',
      ...scenario.columns.flatMap((metric) => [
        COLUMNS[metric].heading,
        ...(withRatio(metric) ? [`CPU × ${BASE}`] : []),
      ]),
    ],
    rows: targets.map((target) => [
      target,
      ...scenario.columns.flatMap((metric) => [
        cell(samples, target, metric),
        ...(withRatio(metric) ? [ratioCell(samples, target, metric)] : []),
      ]),
    ]),
  };
}

export function barsTable(judged: readonly Judged[]): Table {
  return {
    title: 'Bars',
    columns: ['scenario', 'bar', 'measured', 'verdict'],
    rows: judged.map(({ scenario, bar, measured, verdict, doubt }) => {
      const { heading, digits } = COLUMNS[bar.metric];
      const limit = bar.peer === undefined ? `≤ ${bar.atMost}` : `≤ ${bar.atMost} × ${bar.peer}`;
      return [
        scenario,
        `${bar.target}: ${heading} ${limit}`,
        spreadCell(measured, bar.peer === undefined ? digits : 2),
        doubt === undefined ? verdict : `${verdict} (doubtful: ${doubt})`,
      ];
    }),
  };
}

function cell(samples: readonly Sample[], target: string, metric: Metric): string {
  const { digits, shown } = COLUMNS[metric];
  const values = metricSpread(samples, target, metric);
  if (values === undefined) return '-';
  if (shown === 'total') return metricSum(samples, target, metric).toFixed(digits);
  return (shown === 'worst' ? values.max : values.median).toFixed(digits);
}

function ratioCell(samples: readonly Sample[], target: string, metric: Metric): string {
  // Without a proxy there is no CPU of one.
  if (metricSpread(samples, target, metric)?.max === 0) return '-';
  const ratio = ratioSpread(samples, target, BASE, metric);
  return ratio === undefined ? '-' : spreadCell(ratio, 2);
}

/** `0.55 [0.53–0.58]`: median and range. */
function spreadCell({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} [${min.toFixed(digits)}–${max.toFixed(digits)}]`;
}
