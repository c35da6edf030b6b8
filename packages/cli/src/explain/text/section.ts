// Titles to the left, lines to the right of them.

import type { Style } from '../../output/style.ts';

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

const GAP = 2;

/** Sections without lines are left out. Titles that are too long for their column stand above. */
export function sectionLines(sections: readonly Section[], style: Style): string[] {
  const shown = sections.filter(({ lines }) => lines.length > 0);
  const column = GAP + Math.max(...shown.map(({ title }) => title.length));
  const indent = ' '.repeat(column);
  return shown.flatMap(({ title, lines }) => {
    const [first = '', ...others] = lines;
    const head = `${style.accent(title)}${' '.repeat(column - title.length)}${first}`;
    return [head, ...others.map((line) => indent + line)];
  });
}

/** `90 %`, `33.3 %`. */
export function shareText(share: number): string {
  const percent = Number((share * 100).toFixed(1));
  return percent === 0 && share > 0 ? '<0.1 %' : `${percent} %`;
}

export const YES = '✓';
export const NO = '✗';
/** Neither: it had no say. */
export const NEUTRAL = '·';
