// Istio's standard labels for one pair of peers, in Istio's order, so that Kiali and Grafana boards find them.
// https://istio.io/latest/docs/reference/config/metrics/

import { escapeLabelValue, type Labels, labels } from '@weft/common/metrics/labels';
import type { ResponseFlag } from '@weft/common/response-flag';
import type { Peer, TrafficLabels } from './traffic.ts';

/** What is the same for all traffic of a mesh. */
export interface MeshNames {
  /** Value of `source_cluster` and `destination_cluster` for meshed peers. */
  readonly cluster: string;
  /** The DNS suffix in `destination_service`. */
  readonly clusterDomain: string;
}

/** The labels around those that only the end of a request or connection tells. */
export interface PeerLabels {
  readonly before: string;
  readonly after: string;
}

const UNKNOWN = 'unknown';

export function peerLabels(traffic: TrafficLabels, names: MeshNames): PeerLabels {
  const { service } = traffic;
  const destination = peer('destination', traffic.destination, names);
  const before = {
    reporter: traffic.reporter,
    ...peer('source', traffic.source, names),
    ...destination,
    destination_service: service
      ? `${service.name}.${service.namespace}.svc.${names.clusterDomain}`
      : UNKNOWN,
    destination_service_name: service?.name ?? UNKNOWN,
    destination_service_namespace: service?.namespace ?? traffic.destination?.workload?.namespace ?? UNKNOWN,
    request_protocol: traffic.protocol,
  };
  // Istio's clients report `unknown` here; ours know, and say so.
  return { before: labels(before), after: labels({ connection_security_policy: traffic.security }) };
}

function peer(
  side: 'source' | 'destination',
  of: Peer | undefined,
  names: MeshNames,
): Record<string, string> {
  const workload = of?.workload;
  return {
    [`${side}_workload`]: workload?.name ?? UNKNOWN,
    [`${side}_canonical_service`]: workload?.app ?? UNKNOWN,
    [`${side}_canonical_revision`]: workload?.version ?? 'latest',
    [`${side}_workload_namespace`]: workload?.namespace ?? UNKNOWN,
    [`${side}_principal`]: of?.principal ?? UNKNOWN,
    [`${side}_app`]: workload?.app ?? UNKNOWN,
    [`${side}_version`]: workload?.version ?? UNKNOWN,
    [`${side}_cluster`]: workload ? names.cluster : UNKNOWN,
  };
}

/** How a request ended; `grpcStatus` is undefined for what is not gRPC, and the label left out. */
export interface Outcome {
  readonly status: number;
  readonly flag: ResponseFlag;
  readonly grpcStatus: number | undefined;
}

/** The whole label set of a request that ended so. */
export function requestLabels(peers: PeerLabels, { status, flag, grpcStatus }: Outcome): Labels {
  const grpc = grpcStatus === undefined ? '' : `grpc_response_status="${grpcStatus}",`;
  const outcome = `response_code="${status}",${grpc}response_flags="${escapeLabelValue(flag)}"`;
  return `${peers.before},${outcome},${peers.after}` as Labels;
}

/** The label set of what is counted while a call runs, when nobody knows how it will end. */
export function runningLabels(peers: PeerLabels, more = ''): Labels {
  return `${peers.before},${more}${peers.after}` as Labels;
}

/** The whole label set of a connection; the flag is `-` until it is closed. */
export function connectionLabels(peers: PeerLabels, flag: ResponseFlag): Labels {
  return `${peers.before},response_flags="${escapeLabelValue(flag)}",${peers.after}` as Labels;
}
