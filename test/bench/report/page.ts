// The Markdown of docs/reference/performance.md. The part between two marks is replaced in each run; what people
// write around it stays.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { markdownTable, type Table } from './table.ts';

export interface Report {
  /** The command line that makes it. */
  readonly command: string;
  readonly date: string;
  readonly machine: string;
  readonly versions: readonly string[];
  /** Name and description of each target. */
  readonly targets: readonly (readonly [name: string, about: string])[];
  readonly bars: Table;
  readonly scenarios: readonly Table[];
}

const BEGIN = '<!-- bench: begin (written by npm run bench) -->';
const END = '<!-- bench: end -->';

const NEW_PAGE = `# Performance

Weft beside its peers: all in one run, each hop on one core, client and origin on another, rounds interleaved.

${BEGIN}
${END}
`;

const NOTES = `Medians of all rounds; ratios are taken inside a round and shown as median [range]; alien % (the worst
round) is the share of the proxies' core that was busy with something else. CPU is that of all threads of all hops.
A client core near 100 % means that the client, not the target, limited requests/s. Heap is memory after the load
without code, PSS is of one target alone on the machine.`;

/** Writes the report into the page, which is made where it does not exist. */
export function writePage(file: string, report: Report): void {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : NEW_PAGE;
  const updated = replaceMarked(page, markdownReport(report));
  if (updated === undefined) {
    throw new Error(`${file} has no lines '${BEGIN}' and '${END}': add them where the tables belong`);
  }
  writeFileSync(file, updated);
}

/** The page with the text between its marks replaced; undefined where it has none. */
export function replaceMarked(page: string, text: string): string | undefined {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) return undefined;
  return `${page.slice(0, begin + BEGIN.length)}\n${text}\n${page.slice(end)}`;
}

function markdownReport({ command, date, machine, versions, targets, bars, scenarios }: Report): string {
  return [
    `Made by \`${command}\` on ${date}.`,
    [`- Machine: ${machine}`, ...versions.map((version) => `- ${version}`)].join('\n'),
    ...(bars.rows.length === 0 ? [] : [markdownTable(bars)]),
    ...scenarios.map(markdownTable),
    markdownTable({ title: 'Targets', columns: ['target', 'what is on'], rows: targets }).replace(
      '--:',
      '---',
    ),
    NOTES,
  ].join('\n\n');
}
