// A table of text cells, as it is printed in a terminal and as Markdown.

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The first column aligned left, the others right. */
export function terminalTable({ title, columns, rows }: Table): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [title, line(columns), ...rows.map(line)].join('\n');
}

export function markdownTable({ title, columns, rows }: Table): string {
  const alignment = columns.map((_, index) => (index === 0 ? '---' : '--:'));
  return [`### ${title}`, '', markdownRow(columns), markdownRow(alignment), ...rows.map(markdownRow)].join(
    '\n',
  );
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
