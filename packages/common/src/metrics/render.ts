// Writes a registry out in the Prometheus text format 0.0.4 or OpenMetrics 1.0.
// https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/

import type { Family, Histogram, Observed } from './family.ts';
import type { Labels } from './labels.ts';
import type { Registry } from './registry.ts';

export type Format = 'prometheus' | 'openmetrics';

export const CONTENT_TYPE: Readonly<Record<Format, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The whole exposition; with `only`, of the families so named. Families without a series are left out. */
export function render(registry: Registry, format: Format, only?: ReadonlySet<string>): string {
  const lines: string[] = [];
  for (const family of registry.collect()) {
    if (only === undefined || only.has(family.name)) writeFamily(family, format, lines);
  }
  if (format === 'openmetrics') lines.push('# EOF');
  lines.push('');
  return lines.join('\n');
}

function writeFamily(family: Family | Observed, format: Format, lines: string[]): void {
  const start = lines.length;
  if (family.kind === 'histogram') {
    writeHistogram(family, format, lines);
  } else if ('read' in family) {
    for (const [labels, value] of family.read()) lines.push(sample(family.name, labels, value));
  } else {
    for (const [labels, series] of family.index)
      lines.push(sample(family.name, labels, family.value(series)));
  }
  if (lines.length > start) lines.splice(start, 0, ...head(family, format));
}

function head(family: Family | Observed, format: Format): [help: string, type: string] {
  // OpenMetrics names the family of a counter without the suffix that its sample has.
  const name =
    format === 'openmetrics' && family.kind === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  return [`# HELP ${name} ${escapeHelp(family.help, format)}`, `# TYPE ${name} ${family.kind}`];
}

function writeHistogram(family: Histogram, format: Format, lines: string[]): void {
  const bounds = Array.from(family.bounds, (bound) => writtenBound(bound, format));
  for (const [labels, series] of family.index) {
    const { counts, sum } = family.read(series);
    const prefix = `${family.name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
    let cumulative = 0;
    for (let i = 0; i < counts.length; i++) {
      cumulative += counts[i]!;
      lines.push(`${prefix}${bounds[i] ?? '+Inf'}"} ${cumulative}`);
    }
    lines.push(sample(`${family.name}_sum`, labels, sum));
    lines.push(sample(`${family.name}_count`, labels, cumulative));
  }
}

function sample(name: string, labels: Labels, value: number): string {
  return labels === '' ? `${name} ${writtenNumber(value)}` : `${name}{${labels}} ${writtenNumber(value)}`;
}

function writtenNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/** OpenMetrics wants the bounds as canonical floating point numbers, `1.0`, so that they compare as text. */
function writtenBound(bound: number, format: Format): string {
  return format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

/** The text format takes quotes in a help text as they are, OpenMetrics wants them escaped. */
function escapeHelp(help: string, format: Format): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}
