// Judges a scenario's bars by its samples.
import { metricSpread, metricSum, ratioSpread, type Sample } from './sample.ts';
import type { Bar, Scenario } from './scenario.ts';
import type { Spread } from './statistics.ts';

export interface Judged {
  readonly scenario: string;
  readonly bar: Bar;
  readonly measured: Spread;
  readonly verdict: 'reached' | 'missed';
  /** Why the verdict is not to be trusted, where it is not. */
  readonly doubt?: string;
}

/** Share of the proxy's core, percent, that others may use before a row is noise. */
const ALIEN_LIMIT = 10;

/** Bars whose target (and peer) were not measured are left out. */
export function judge(scenario: Scenario, samples: readonly Sample[]): readonly Judged[] {
  return scenario.bars.flatMap((bar) => {
    const measured =
      bar.peer === undefined
        ? metricSpread(samples, bar.target, bar.metric)
        : ratioSpread(samples, bar.target, bar.peer, bar.metric);
    if (measured === undefined) return [];
    const doubt = doubtAbout(bar, samples);
    return [
      {
        scenario: scenario.name,
        bar,
        measured,
        verdict: measured.median <= bar.atMost ? 'reached' : 'missed',
        ...(doubt === undefined ? {} : { doubt }),
      },
    ];
  });
}

function doubtAbout(bar: Bar, samples: readonly Sample[]): string | undefined {
  for (const name of [bar.target, bar.peer ?? bar.target]) {
    const failed = metricSum(samples, name, 'failed');
    if (failed > 0) return `${failed} requests of ${name} failed`;
    const alien = metricSpread(samples, name, 'alien')?.max ?? 0;
    if (alien > ALIEN_LIMIT) return `others used up to ${alien.toFixed(0)} % of the proxy’s core`;
  }
  return undefined;
}
