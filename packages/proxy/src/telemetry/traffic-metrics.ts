// The implementation of traffic.ts on the metrics registry: Istio's standard metrics, one object for each pair
// of peers, and idle series taken out so that a long-lived proxy shows what it does, not all it ever did.

import type { Registry } from '@weft/common/metrics/registry';
import { ConnectionSeries } from './connection-series.ts';
import { istioFamilies } from './istio-families.ts';
import { type MeshNames, type PeerLabels, peerLabels } from './istio-labels.ts';
import { PeerMetrics } from './peer-metrics.ts';
import { streamFamilies } from './stream-families.ts';
import type { TrafficMetrics } from './traffic.ts';

export interface TrafficMetricsOptions {
  /** Name of the cluster that the mesh runs in; default `Kubernetes`, as Istio's. */
  readonly cluster?: string;
  /** Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** A series that nothing was recorded for so long is taken out at the next scrape. Default 30 min. */
  readonly idleMs?: number;
  /** Epoch milliseconds; for tests. */
  readonly now?: () => number;
}

const DEFAULT_IDLE_MS = 30 * 60_000;

/** Registers Istio's families and those of streams in the registry; call it once for each. */
export function createTrafficMetrics(
  registry: Registry,
  options: TrafficMetricsOptions = {},
): TrafficMetrics {
  const families = { istio: istioFamilies(registry), stream: streamFamilies(registry) };
  const names: MeshNames = {
    cluster: options.cluster ?? 'Kubernetes',
    clusterDomain: options.clusterDomain ?? 'cluster.local',
  };
  const idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
  const now = options.now ?? Date.now;
  const requests = new Map<string, PeerMetrics>();
  const connections = new Map<string, ConnectionSeries>();

  registry.beforeRender(() => {
    const time = now();
    for (const series of requests.values()) series.retireIdle(time - idleMs, time);
    for (const series of connections.values()) series.retireIdle(time - idleMs, time);
  });

  return {
    requests(labels) {
      const http = peerLabels(labels, names);
      return once(requests, http, () => {
        const grpc = peerLabels({ ...labels, protocol: 'grpc' }, names);
        return new PeerMetrics(families, { http, grpc });
      });
    },
    connections(labels) {
      const peers = peerLabels(labels, names);
      return once(connections, peers, () => new ConnectionSeries(families.istio, peers));
    },
  };
}

function once<T>(known: Map<string, T>, peers: PeerLabels, create: () => T): T {
  const key = `${peers.before},${peers.after}`;
  let series = known.get(key);
  if (series === undefined) {
    series = create();
    known.set(key, series);
  }
  return series;
}
