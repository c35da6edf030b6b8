// What `weft check` finds: sentences in groups, each good, doubtful or bad, the latter two with what to do.

import { count } from '../output/quantity.ts';
import type { Style } from '../output/style.ts';

export interface Check {
  readonly state: 'good' | 'warning' | 'bad';
  readonly text: string;
  /** What to do; always there where the state is not good. */
  readonly remedy?: string;
}

export interface CheckGroup {
  readonly title: string;
  readonly checks: readonly Check[];
}

export function good(text: string): Check {
  return { state: 'good', text };
}

export function warning(text: string, remedy: string): Check {
  return { state: 'warning', text, remedy };
}

export function bad(text: string, remedy: string): Check {
  return { state: 'bad', text, remedy };
}

/** Nothing is bad; warnings are for people. */
export function isPassed(groups: readonly CheckGroup[]): boolean {
  return groups.every(({ checks }) => checks.every(({ state }) => state !== 'bad'));
}

export function checkLines(groups: readonly CheckGroup[], style: Style): string[] {
  const marks = { good: style.good('✓'), warning: style.warn('!'), bad: style.bad('✗') };
  const lines = groups.flatMap(({ title, checks }) => [
    style.bold(title),
    ...checks.flatMap(({ state, text, remedy }) => [
      `  ${marks[state]} ${text}`,
      ...(remedy === undefined ? [] : [`      ${style.dim('→')} ${remedy}`]),
    ]),
    '',
  ]);
  return [...lines, summary(groups, style)];
}

function summary(groups: readonly CheckGroup[], style: Style): string {
  const all = groups.flatMap(({ checks }) => checks);
  const failed = all.filter(({ state }) => state === 'bad').length;
  const doubtful = all.filter(({ state }) => state === 'warning').length;
  const warnings = doubtful === 0 ? '' : `, ${count(doubtful, 'warning')}`;
  return failed === 0
    ? `${style.good('Everything works')}${warnings}.`
    : `${style.bad(`${count(failed, 'check')} failed`)}${warnings}.`;
}
