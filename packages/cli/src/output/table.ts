// Aligned columns under upper-case headings, as kubectl prints them.

import { PLAIN, type Style, width } from './style.ts';

export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => string;
  /** Default left; numbers read better to the right. */
  readonly align?: 'left' | 'right';
}

const GAP = '   ';

/** Lines of a table, heading first; no line ends in spaces. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style = PLAIN,
): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ heading }, index) =>
    Math.max(width(heading), ...cells.map((row) => width(row[index] ?? ''))),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => pad(text, widths[index] ?? 0, columns[index]?.align ?? 'left'))
      .join(GAP)
      .trimEnd();
  const heading = columns.map((column) => column.heading);
  return [style.dim(line(heading)), ...cells.map(line)];
}

function pad(text: string, columns: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, columns - width(text)));
  return align === 'left' ? text + space : space + text;
}
