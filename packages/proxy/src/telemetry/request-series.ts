// The request series of one label set. `record` runs once for every request: it finds the series of the outcome
// by a number and adds to typed arrays; strings are built only for an outcome not seen before.

import type { Series } from '@weft/common/metrics/series-index';
import { RESPONSE_FLAGS, type ResponseFlag } from '@weft/common/response-flag';
import type { IstioFamilies } from './istio-families.ts';
import { type Outcome, type PeerLabels, requestLabels } from './istio-labels.ts';

/** The series of one outcome, and when a request last ended so. */
interface OutcomeSeries extends Outcome {
  readonly requests: Series;
  readonly duration: Series;
  readonly requestBytes: Series;
  readonly responseBytes: Series;
  seenCount: number;
  changedAt: number;
}

const FLAG_INDEX: ReadonlyMap<ResponseFlag, number> = new Map(
  (Object.keys(RESPONSE_FLAGS) as ResponseFlag[]).map((flag, index) => [flag, index]),
);

export class RequestSeries {
  readonly #families: IstioFamilies;
  readonly #peers: PeerLabels;
  readonly #outcomes = new Map<number, OutcomeSeries>();

  constructor(families: IstioFamilies, peers: PeerLabels) {
    this.#families = families;
    this.#peers = peers;
  }

  record(
    status: number,
    flag: ResponseFlag,
    durationMs: number,
    requestBytes: number,
    responseBytes: number,
    grpcStatus?: number,
  ): void {
    const outcome =
      this.#outcomes.get(outcomeKey(status, flag, grpcStatus)) ?? this.#resolve(status, flag, grpcStatus);
    const families = this.#families;
    families.requests.add(outcome.requests);
    families.duration.observe(outcome.duration, durationMs);
    families.requestBytes.observe(outcome.requestBytes, requestBytes);
    families.responseBytes.observe(outcome.responseBytes, responseBytes);
  }

  /** Takes out the series of outcomes that no request had since `before`; they come back from 0 when one has. */
  retireIdle(before: number, now: number): void {
    for (const [key, outcome] of this.#outcomes) {
      const count = this.#families.requests.value(outcome.requests);
      if (count !== outcome.seenCount) {
        outcome.seenCount = count;
        outcome.changedAt = now;
      } else if (outcome.changedAt < before) {
        this.#remove(key, outcome);
      }
    }
  }

  #resolve(status: number, flag: ResponseFlag, grpcStatus: number | undefined): OutcomeSeries {
    const labels = requestLabels(this.#peers, { status, flag, grpcStatus });
    const { requests, duration, requestBytes, responseBytes } = this.#families;
    const outcome: OutcomeSeries = {
      status,
      flag,
      grpcStatus,
      requests: requests.series(labels),
      duration: duration.series(labels),
      requestBytes: requestBytes.series(labels),
      responseBytes: responseBytes.series(labels),
      seenCount: 0,
      changedAt: 0,
    };
    this.#outcomes.set(outcomeKey(status, flag, grpcStatus), outcome);
    return outcome;
  }

  #remove(key: number, outcome: OutcomeSeries): void {
    const labels = requestLabels(this.#peers, outcome);
    const { requests, duration, requestBytes, responseBytes } = this.#families;
    for (const family of [requests, duration, requestBytes, responseBytes]) family.remove(labels);
    this.#outcomes.delete(key);
  }
}

/** One small integer for each: a status has three digits, there are some twenty flags, and gRPC's codes end at 16. */
function outcomeKey(status: number, flag: ResponseFlag, grpcStatus = -1): number {
  const flags = flag === '-' ? 0 : (FLAG_INDEX.get(flag) as number);
  return ((grpcStatus + 1) * FLAG_INDEX.size + flags) * 1000 + status;
}
