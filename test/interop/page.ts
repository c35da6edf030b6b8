// The results in docs/reference/interop.md: the part between two marks is replaced in each run; what people write
// around it stays.
import { readFileSync, writeFileSync } from 'node:fs';
import type { CheckResult } from './checks.ts';
import type { Part } from './part.ts';

const BEGIN = '<!-- interop: begin (written by npm run interop) -->';
const END = '<!-- interop: end -->';
const OUTCOMES = { passed: 'passed', failed: '**failed**', compared: 'for comparison' };

export function writePage(file: string, parts: readonly Part[], results: readonly CheckResult[]): void {
  const page = readFileSync(file, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(`${file} has no lines '${BEGIN}' and '${END}': add them where the results belong`);
  }
  const text = markdown(parts, results);
  writeFileSync(file, `${page.slice(0, begin + BEGIN.length)}\n${text}\n${page.slice(end)}`);
}

function markdown(parts: readonly Part[], results: readonly CheckResult[]): string {
  const date = new Date().toISOString().slice(0, 10);
  const sections = parts.map(({ name, title }) => {
    const rows = results
      .filter(({ part }) => part === name)
      .map(({ check, kind, figures }) => `| ${cell(check)} | ${OUTCOMES[kind]} | ${cell(figures)} |`);
    return [
      `### ${name}`,
      '',
      `${title}.`,
      '',
      '| check | outcome | figures |',
      '| --- | --- | --- |',
      ...rows,
    ].join('\n');
  });
  return [
    `Made by \`npm run interop -- --markdown docs/reference/interop.md\` on ${date}.`,
    ...sections,
  ].join('\n\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
