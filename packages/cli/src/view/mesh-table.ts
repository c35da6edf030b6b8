// The two tables of a running mesh: what each service does, and who calls whom. Pure; `weft up` and `weft stat`
// print the same lines.

import type { EdgeRow, StatRow } from '@weft/api/control-plane-api';
import { formatBytesRate, formatMilliseconds, formatRate, formatShare, NOTHING } from '../output/quantity.ts';
import type { Style } from '../output/style.ts';
import { type Column, table } from '../output/table.ts';

/** Below this share of good answers a number is marked. */
const GOOD = 0.99;
const POOR = 0.95;

export function statTable(
  rows: readonly StatRow[],
  style: Style,
  how: { namespaces?: boolean; wide?: boolean } = {},
): string[] {
  const columns: Column<StatRow>[] = [
    { heading: 'SERVICE', cell: (row) => row.service },
    { heading: 'VERSION', cell: (row) => row.version },
    { heading: 'READY', cell: (row) => ready(row, style), align: 'right' },
    { heading: 'REQ/S', cell: rate, align: 'right' },
    { heading: 'SUCCESS', cell: (row) => success(row.success, style), align: 'right' },
    { heading: 'P50', cell: (row) => formatMilliseconds(row.p50Ms), align: 'right' },
    { heading: 'P99', cell: (row) => formatMilliseconds(row.p99Ms), align: 'right' },
    { heading: 'MTLS', cell: (row) => mtls(row.mtls, style), align: 'right' },
  ];
  if (how.wide) {
    columns.push(
      { heading: 'P95', cell: (row) => formatMilliseconds(row.p95Ms), align: 'right' },
      { heading: 'BYTES/S', cell: (row) => formatBytesRate(row.bytesPerSecond), align: 'right' },
      { heading: 'TOTAL', cell: (row) => String(row.total), align: 'right' },
      { heading: 'FAILED', cell: (row) => String(row.failed), align: 'right' },
      { heading: 'WORKLOAD', cell: (row) => row.workload },
    );
  }
  if (how.namespaces) columns.unshift({ heading: 'NAMESPACE', cell: (row) => row.namespace });
  return table(columns, withoutSilentAliases(rows), style);
}

export function edgeTable(rows: readonly EdgeRow[], style: Style): string[] {
  const columns: Column<EdgeRow>[] = [
    { heading: 'FROM', cell: (row) => row.source },
    { heading: 'TO', cell: (row) => `${row.destination} ${style.dim(row.destinationVersion)}` },
    {
      heading: 'REQ/S',
      cell: (row) => (row.protocol === 'tcp' ? 'tcp' : formatRate(row.rate)),
      align: 'right',
    },
    { heading: 'SUCCESS', cell: (row) => success(row.success, style), align: 'right' },
    { heading: 'P99', cell: (row) => formatMilliseconds(row.p99Ms), align: 'right' },
    { heading: 'MTLS', cell: (row) => mtls(row.mtls, style), align: 'right' },
  ];
  return table(columns, rows.filter(isInUse), style);
}

/** What was called once and is not any more is of no interest here; a TCP connection may rest for long. */
function isInUse({ protocol, rate }: EdgeRow): boolean {
  return protocol === 'tcp' || rate > 0;
}

/** A version with a Service of its own is listed under both; a name that nobody calls it by is left out. */
function withoutSilentAliases(rows: readonly StatRow[]): readonly StatRow[] {
  const byVersion = Map.groupBy(rows, versionOf);
  return rows.filter((row) => {
    const aliases = byVersion.get(versionOf(row)) ?? [];
    if (!isSilent(row) || aliases.length === 1) return true;
    const [shortest] = aliases.toSorted((a, b) => a.service.length - b.service.length);
    return aliases.every(isSilent) && row === shortest;
  });
}

function isSilent({ protocol }: StatRow): boolean {
  return protocol === 'none';
}

function versionOf({ namespace, workload, version }: StatRow): string {
  return `${namespace}/${workload}/${version}`;
}

function ready({ ready, replicas }: StatRow, style: Style): string {
  const text = `${ready}/${replicas}`;
  return ready < replicas ? style.bad(text) : text;
}

/** Bytes where there are no requests to count: a connection that stays open says nothing by its number. */
function rate({ rate, protocol, bytesPerSecond }: StatRow): string {
  if (protocol === 'none') return NOTHING;
  return protocol === 'tcp' ? formatBytesRate(bytesPerSecond) : formatRate(rate);
}

function success(share: number | undefined, style: Style): string {
  const text = formatShare(share);
  if (share === undefined || share >= GOOD) return text;
  return share >= POOR ? style.warn(text) : style.bad(text);
}

function mtls(share: number | undefined, style: Style): string {
  const text = formatShare(share);
  if (share === undefined) return text;
  return share === 1 ? style.good(text) : style.warn(text);
}
