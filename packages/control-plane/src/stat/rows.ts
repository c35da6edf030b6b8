// The rows of `weft stat` and of the traffic graph, from the flows of all proxies.

import type { EdgeRow, StatRow } from '@weft/api/control-plane-api';
import type { FlowKey } from './flow.ts';
import type { FlowWindow } from './proxy-history.ts';
import { SignalSum } from './signals.ts';

/** A Service and a workload behind it, whether there is traffic or not. */
export interface ServedWorkload {
  readonly namespace: string;
  readonly service: string;
  readonly workload: string;
  readonly version: string;
  readonly replicas: number;
  readonly ready: number;
}

/**
 * A row for each served workload, and one for what traffic there is besides; sorted by name. The server's proxy
 * reports: it sees the calls of everybody, meshed or not.
 */
export function statRows(windows: Iterable<FlowWindow>, served: Iterable<ServedWorkload>): StatRow[] {
  const sums = new Map<string, { readonly served: ServedWorkload; readonly sum?: SignalSum }>();
  for (const workload of served) sums.set(rowName(workload), { served: workload });
  for (const window of windows) {
    if (window.key.reporter !== 'destination') continue;
    const unlisted = servedBy(window.key);
    const row = sums.get(rowName(unlisted));
    const sum = row?.sum ?? new SignalSum();
    sum.add(window);
    sums.set(rowName(unlisted), { served: row?.served ?? unlisted, sum });
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => ({
      ...row.served,
      ...(row.sum?.signals() ?? { protocol: 'none', rate: 0, total: 0, failed: 0 }),
    }));
}

/** A row for each pair of workloads that ever talked; sorted by name. The client's proxy reports. */
export function edgeRows(windows: Iterable<FlowWindow>): EdgeRow[] {
  const sums = new Map<string, { readonly key: FlowKey; readonly sum: SignalSum }>();
  for (const window of windows) {
    const { key } = window;
    if (key.reporter !== 'source') continue;
    const name = [key.sourceNamespace, key.source, destinationOf(key), key.version, key.protocol].join('|');
    const row = sums.get(name) ?? { key, sum: new SignalSum() };
    row.sum.add(window);
    sums.set(name, row);
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { key, sum }]) => {
      const { failed: _failed, p50Ms: _p50, p95Ms: _p95, bytesPerSecond: _bytes, ...signals } = sum.signals();
      return {
        namespace: key.sourceNamespace,
        source: key.source,
        destination: destinationOf(key),
        destinationVersion: key.version,
        ...signals,
      };
    });
}

function rowName({ namespace, service, workload, version }: ServedWorkload): string {
  return [namespace, service, workload, version].join('|');
}

/** Traffic to a workload that nothing lists (any more): it has no replicas that we know of. */
function servedBy(key: FlowKey): ServedWorkload {
  const { namespace, workload, version } = key;
  return { namespace, service: serviceOf(key), workload, version, replicas: 0, ready: 0 };
}

function serviceOf(key: FlowKey): string {
  return key.service === 'unknown' ? key.workload : key.service;
}

/** The service, with its namespace where that is not the client's. */
function destinationOf(key: FlowKey): string {
  const namespace = key.service === 'unknown' ? key.namespace : key.serviceNamespace;
  const isNear = namespace === key.sourceNamespace || namespace === 'unknown';
  return isNear ? serviceOf(key) : `${serviceOf(key)}.${namespace}`;
}
