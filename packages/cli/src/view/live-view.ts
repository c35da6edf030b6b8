// The picture of a running mesh on a terminal: services, where the traffic goes, problems, what to try next.
// Pure: the state and the size in, lines that fit out.

import type { EdgeRow, StatRow } from '@weft/api/control-plane-api';
import { count, formatAge } from '../output/quantity.ts';
import { type Style, truncate, width } from '../output/style.ts';
import { edgeTable, statTable } from './mesh-table.ts';

export interface MeshView {
  /** The folder, as the user named it. */
  readonly title: string;
  readonly uptimeMs: number;
  readonly ready: number;
  readonly replicas: number;
  readonly stat: readonly StatRow[];
  readonly edges: readonly EdgeRow[];
  /** One line each, most important first. */
  readonly problems: readonly string[];
  readonly suggestions: readonly Suggestion[];
}

/** A command that works as it stands, and what it shows. */
export interface Suggestion {
  readonly command: string;
  readonly why: string;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const MOST_PROBLEMS = 5;

/** At most `rows` lines of at most `columns` columns; where not all fits, edges go first, then suggestions. */
export function liveView(view: MeshView, size: Size, style: Style): string[] {
  const head = [headLine(view, size, style)];
  const services = view.stat.length > 0 ? indent(statTable(view.stat, style)) : [];
  const edges = view.edges.length > 0 ? indent(edgeTable(view.edges, style)) : [];
  const problems = problemLines(view.problems, size, style);
  const suggestions = suggestionLines(view.suggestions, size, style);

  const room = size.rows - heightOf([head, services, problems, suggestions]) - 1;
  const whole = [head, services, fitted(edges, room, style), problems, suggestions];
  const parts = heightOf(whole) <= size.rows ? whole : [head, services, problems];
  return stacked(parts).slice(0, size.rows);
}

function headLine({ title, ready, replicas, uptimeMs }: MeshView, size: Size, style: Style): string {
  const left = ` ${style.bold('weft')}  ${title}`;
  const readiness = `${ready} of ${count(replicas, 'replica')} ready`;
  const rest = style.dim(` · up ${formatAge(uptimeMs)} · Ctrl-C ends it `);
  const right = (ready < replicas ? style.warn(readiness) : style.good(readiness)) + rest;
  return left + ' '.repeat(Math.max(2, size.columns - width(left) - width(right))) + right;
}

function problemLines(problems: readonly string[], { columns }: Size, style: Style): string[] {
  if (problems.length === 0) return [];
  const more = problems.length - MOST_PROBLEMS;
  return [
    ` ${style.bad(problems.length === 1 ? 'PROBLEM' : 'PROBLEMS')}`,
    ...problems.slice(0, MOST_PROBLEMS).map((problem) => ` ${truncate(problem, columns - 2)}`),
    ...(more > 0 ? [style.dim(` … ${more} more, see weft status`)] : []),
  ];
}

function suggestionLines(suggestions: readonly Suggestion[], { columns }: Size, style: Style): string[] {
  if (suggestions.length === 0) return [];
  const widest = Math.max(...suggestions.map(({ command }) => width(command)));
  const lines = suggestions.map(({ command, why }) => {
    const reason = widest + width(why) + 6 <= columns ? style.dim(why) : '';
    return ` ${style.accent(command)}${' '.repeat(widest - width(command) + 3)}${reason}`.trimEnd();
  });
  return [` ${style.dim('TRY NEXT, in a second terminal')}`, ...lines];
}

/** The first lines of a table that fit, with a remark where some do not. */
function fitted(lines: readonly string[], rows: number, style: Style): readonly string[] {
  if (lines.length <= rows) return lines;
  if (rows < 3) return [];
  return [...lines.slice(0, rows - 1), style.dim(` … ${lines.length - rows + 1} more`)];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => ` ${line}`);
}

/** Parts below each other, an empty line between them. */
function stacked(parts: readonly (readonly string[])[]): string[] {
  return parts
    .filter(({ length }) => length > 0)
    .flatMap((lines, index) => (index > 0 ? ['', ...lines] : lines));
}

function heightOf(parts: readonly (readonly string[])[]): number {
  return stacked(parts).length;
}
