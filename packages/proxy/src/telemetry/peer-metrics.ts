// All that is counted of the requests between two peers: series for HTTP, and for gRPC and for each kind of stream
// once there are any, so that a request finds the series of its protocol by a property.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { IstioFamilies } from './istio-families.ts';
import { type PeerLabels, runningLabels } from './istio-labels.ts';
import { MessageSeries } from './message-series.ts';
import { RequestSeries } from './request-series.ts';
import type { StreamFamilies } from './stream-families.ts';
import { StreamSeries } from './stream-series.ts';
import type { GrpcMetrics, RequestMetrics, StreamKind } from './traffic.ts';

export interface TrafficFamilies {
  readonly istio: IstioFamilies;
  readonly stream: StreamFamilies;
}

/** The labels of both protocols. */
export interface ProtocolLabels {
  readonly http: PeerLabels;
  readonly grpc: PeerLabels;
}

export class PeerMetrics implements RequestMetrics {
  readonly #families: TrafficFamilies;
  readonly #labels: ProtocolLabels;
  readonly #requests: RequestSeries;
  readonly #streams = new Map<StreamKind, StreamSeries>();
  #grpc: PeerGrpcMetrics | undefined;

  constructor(families: TrafficFamilies, labels: ProtocolLabels) {
    this.#families = families;
    this.#labels = labels;
    this.#requests = new RequestSeries(families.istio, labels.http);
  }

  record(status: number, flag: ResponseFlag, ms: number, requestBytes: number, responseBytes: number): void {
    this.#requests.record(status, flag, ms, requestBytes, responseBytes);
  }

  get grpc(): GrpcMetrics {
    this.#grpc ??= new PeerGrpcMetrics(this.#families.istio, this.#labels.grpc, this);
    return this.#grpc;
  }

  streams(kind: StreamKind): StreamSeries {
    let series = this.#streams.get(kind);
    if (series === undefined) {
      const peers = kind === 'grpc' ? this.#labels.grpc : this.#labels.http;
      series = new StreamSeries(this.#families.stream, runningLabels(peers, `kind="${kind}",`));
      this.#streams.set(kind, series);
    }
    return series;
  }

  /** Takes out what nothing was recorded for since `before`. */
  retireIdle(before: number, now: number): void {
    this.#requests.retireIdle(before, now);
    this.#grpc?.retireIdle(before, now);
    for (const series of this.#streams.values()) series.retireIdle(before, now);
  }
}

class PeerGrpcMetrics implements GrpcMetrics {
  readonly #requests: RequestSeries;
  readonly #messages: MessageSeries;
  readonly #peer: PeerMetrics;

  constructor(families: IstioFamilies, labels: PeerLabels, peer: PeerMetrics) {
    this.#requests = new RequestSeries(families, labels);
    this.#messages = new MessageSeries(families, labels);
    this.#peer = peer;
  }

  get grpc(): GrpcMetrics {
    return this;
  }

  record(
    status: number,
    flag: ResponseFlag,
    ms: number,
    requestBytes: number,
    responseBytes: number,
    grpcStatus?: number,
  ): void {
    this.#requests.record(status, flag, ms, requestBytes, responseBytes, grpcStatus);
  }

  messages(sent: number, received: number): void {
    this.#messages.add(sent, received);
  }

  streams(kind: StreamKind): StreamSeries {
    return this.#peer.streams(kind);
  }

  retireIdle(before: number, now: number): void {
    this.#requests.retireIdle(before, now);
    this.#messages.retireIdle(before, now);
  }
}
