// Colour, where there is a person to see it: NO_COLOR, FORCE_COLOR and the terminal decide (util.styleText).

import { stripVTControlCharacters, styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

/** For output that goes to `stream`. */
export function styleFor(stream: NodeJS.WriteStream): Style {
  return styleWith((format, text) => styleText(format, text, { stream }));
}

/** No colour at all: files, pipes, goldens. */
export const PLAIN: Style = styleWith((_format, text) => text);

function styleWith(apply: (format: Format, text: string) => string): Style {
  return {
    dim: (text) => apply('dim', text),
    bold: (text) => apply('bold', text),
    good: (text) => apply('green', text),
    warn: (text) => apply('yellow', text),
    bad: (text) => apply('red', text),
    accent: (text) => apply('cyan', text),
  };
}

/** Columns that a text takes on a terminal. Names in the mesh are ASCII, our own signs are one column wide. */
export function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Cuts plain text to so many columns, the last one then being an ellipsis. */
export function truncate(text: string, columns: number): string {
  const letters = [...text];
  return letters.length <= columns ? text : `${letters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}
