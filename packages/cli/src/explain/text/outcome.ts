// How it ends, one line for each end.

import type { Style } from '../../output/style.ts';
import type { Outcome, WeighedOutcome } from '../explanation.ts';
import { shareText } from './section.ts';

export function outcomeLines(outcomes: readonly WeighedOutcome[], style: Style): string[] {
  const [only, second] = outcomes;
  if (only !== undefined && second === undefined) return [`→ ${outcomeText(only.outcome, style)}`];
  const answers = outcomes.flatMap(({ outcome, share }) =>
    outcome.kind === 'answered' ? [`${outcome.by} (${shareText(share)})`] : [],
  );
  if (answers.length === outcomes.length) return [`→ ${style.good('answered')} by ${answers.join(' or ')}`];
  const shares = outcomes.map(({ share }) => shareText(share));
  const width = Math.max(...shares.map((text) => text.length));
  return outcomes.map(({ outcome }, i) => `→ ${shares[i]?.padStart(width)}  ${outcomeText(outcome, style)}`);
}

function outcomeText(outcome: Outcome, style: Style): string {
  switch (outcome.kind) {
    case 'answered':
      return `${style.good('answered')} by ${outcome.by}`;
    case 'connected':
      return `${style.good('connected')} to ${outcome.to}`;
    case 'redirected':
      return `${style.warn(String(outcome.status))} Location ${outcome.location}`;
    case 'refused':
      return `${style.bad(outcome.grpcStatus ?? String(outcome.status))} ${outcome.reason} ${style.dim(`(flag ${outcome.flag} in the access log)`)}`;
    case 'closed':
      return `${style.bad('connection closed')}: ${outcome.reason}`;
  }
}
