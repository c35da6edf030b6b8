// The control plane's metrics about itself. All but the histogram are counted elsewhere already and read at the
// scrape.

import type { Diagnostic, ProxyStatus } from '@weft/api/control-plane-api';
import type { Observed } from '@weft/common/metrics/family';
import { type Labels, labels, NO_LABELS } from '@weft/common/metrics/labels';
import type { Registry } from '@weft/common/metrics/registry';
import type { XdsCounters } from '../xds/weft/counters.ts';

export interface OwnMetricsSources {
  readonly counters: XdsCounters;
  readonly proxies: () => readonly ProxyStatus[];
  readonly diagnostics: () => readonly Diagnostic[];
}

type Read = Observed['read'];

export function observeControlPlane(registry: Registry, sources: OwnMetricsSources): void {
  const { counters, proxies, diagnostics } = sources;
  const counter = (name: string, help: string, read: Read) =>
    registry.observe({ kind: 'counter', name, help, read });
  const gauge = (name: string, help: string, read: Read) =>
    registry.observe({ kind: 'gauge', name, help, read });

  counter('weft_xds_pushes_total', 'Messages with configuration sent to proxies, by resource type.', () =>
    byType(counters.pushes),
  );
  counter('weft_xds_nacks_total', 'Resources that a proxy refused, by resource type.', () =>
    byType(counters.nacks),
  );
  counter('weft_xds_streams_total', 'Streams of proxies that were accepted.', () => one(counters.streams));
  counter('weft_xds_refused_calls_total', 'Calls whose token or node was refused.', () =>
    one(counters.refusedCalls),
  );
  gauge('weft_xds_connected_proxies', 'Proxies that are connected.', () =>
    one(proxies().filter(({ connected }) => connected).length),
  );
  gauge('weft_xds_unsynced_proxies', 'Connected proxies that have not accepted all of the newest.', () =>
    one(proxies().filter(({ connected, synced }) => connected && !synced).length),
  );
  counter('weft_certificates_issued_total', 'Workload certificates signed.', () =>
    one(counters.certificates),
  );
  gauge('weft_config_diagnostics', 'What is wrong with the objects that users wrote, by severity.', () => {
    const bySeverity = Map.groupBy(diagnostics(), ({ severity }) => severity);
    return (['error', 'warning'] as const).map((severity) => [
      labels({ severity }),
      bySeverity.get(severity)?.length ?? 0,
    ]);
  });
}

function one(value: number): [[Labels, number]] {
  return [[NO_LABELS, value]];
}

function byType(counts: ReadonlyMap<string, number>): [Labels, number][] {
  return [...counts].map(([type, count]) => [labels({ type }), count]);
}
