// The way of a request to an endpoint: picks one, waits for a stream, and goes to another where that failed.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';
import type { StreamPool, StreamTaker } from '../upstream/stream-pool.ts';
import type { HttpVersion, RequestHead, UpstreamError, UpstreamStream } from './http.ts';
import { isIdempotent, MAX_RETRIES, retryDelayMs } from './retry.ts';
import { upstreamVersion } from './upstream-version.ts';

/** The exchange. */
export interface DispatchOwner {
  readonly request: RequestHead;
  /** What the client speaks, wherever in the mesh it is. */
  readonly clientVersion: HttpVersion;
  /** Set where the request is gRPC. */
  readonly grpc: object | undefined;
  /** Limit for one attempt. */
  readonly backendTimeoutMs: number | undefined;
  /** Whether a part of the body is gone that a repetition would need. */
  readonly isBodyLost: boolean;
  onStream(stream: UpstreamStream): void;
  onTimeout(details: string): void;
  refuse(status: number, flag: ResponseFlag, details: string, message: string): void;
}

export class Dispatch implements StreamTaker {
  readonly cluster: UpstreamCluster;
  endpoint: UpstreamEndpoint | undefined;
  /** Undefined between attempts, and after the answer. */
  stream: UpstreamStream | undefined;

  readonly #owner: DispatchOwner;
  #pool: StreamPool | undefined;
  #attempts = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #backendTimer: NodeJS.Timeout | undefined;

  constructor(owner: DispatchOwner, cluster: UpstreamCluster) {
    this.#owner = owner;
    this.cluster = cluster;
  }

  start(): void {
    this.#take(this.cluster.pick());
  }

  #take(endpoint: UpstreamEndpoint | undefined): void {
    const owner = this.#owner;
    if (endpoint === undefined) {
      const message = `no endpoint of ${this.cluster.name} can take the request`;
      return owner.refuse(503, 'UH', 'no_healthy_upstream', message);
    }
    this.endpoint = endpoint;
    endpoint.active++;
    this.#attempts++;
    if (owner.backendTimeoutMs !== undefined) {
      this.#backendTimer = setTimeout(
        () => owner.onTimeout('backend_request_timeout'),
        owner.backendTimeoutMs,
      );
    }
    this.#pool = endpoint.streams(this.#version(), owner.request.upgrade !== undefined);
    this.#pool.acquire(this);
  }

  /** gRPC is HTTP/2, even where it came by a translation (gRPC-Web). */
  #version(): HttpVersion {
    const { grpc, clientVersion } = this.#owner;
    return grpc === undefined ? upstreamVersion(this.cluster.config.protocol, clientVersion) : 'http2';
  }

  onStream(stream: UpstreamStream): void {
    this.#pool = undefined;
    this.stream = stream;
    this.#owner.onStream(stream);
  }

  onConnectFailed(reason: string): void {
    this.#pool = undefined;
    const failed = this.endpoint as UpstreamEndpoint;
    if (this.#attempts <= MAX_RETRIES) return this.#tryOther(failed);
    this.release();
    const details = `upstream_reset_before_response_started{connection_failure,${reason}}`;
    this.#owner.refuse(503, 'UF', details, `connecting to ${failed.name} failed: ${reason}`);
  }

  /** The stream is lost before its answer: the request is sent once more where that does no harm, or refused. */
  lost({ safety, flag, details }: UpstreamError): void {
    this.stream = undefined;
    if (this.#repeat(safety)) return;
    const name = this.endpoint?.name;
    if (flag === 'UPE') this.#owner.refuse(502, flag, details, `${name} sent no valid answer`);
    else this.#owner.refuse(503, flag, details, `${name} ended the request without an answer`);
  }

  #repeat(safety: UpstreamError['safety']): boolean {
    switch (safety) {
      case 'unprocessed':
        return this.#repeatUnprocessed();
      case 'idle-closed':
        if (!this.#isRepeatable()) return false;
        this.release();
        this.#take(this.cluster.pick());
        return true;
      case 'sent':
        return false;
    }
  }

  /** The endpoint's sidecar has answered that its application is not there. What follows of the answer is not read. */
  sendElsewhere(): boolean {
    // Only a sidecar can say so: of an application the other one has taken such words away (inbound/sanitise.ts).
    if (this.endpoint?.config.identity === undefined || !this.cluster.hasOther(this.endpoint)) return false;
    if (!this.#mayRepeatUnprocessed()) return false;
    this.stream?.abort();
    return this.#repeatUnprocessed();
  }

  #repeatUnprocessed(): boolean {
    if (!this.#mayRepeatUnprocessed()) return false;
    this.#tryOther(this.endpoint as UpstreamEndpoint);
    return true;
  }

  /** Any method: nothing was done of it. */
  #mayRepeatUnprocessed(): boolean {
    return !this.#owner.isBodyLost && this.#attempts <= MAX_RETRIES;
  }

  /** Sent once more the request does no harm (RFC 9110 9.2.2), and we still have all of it. */
  #isRepeatable(): boolean {
    return isIdempotent(this.#owner.request.method) && this.#mayRepeatUnprocessed();
  }

  /** Another endpoint if there is one; at once the first time, then after a jittered pause. */
  #tryOther(failed: UpstreamEndpoint): void {
    this.release();
    const again = (): void => this.#take(this.cluster.pickOther(failed));
    const delay = retryDelayMs(this.#attempts);
    if (delay === 0) again();
    else this.#retryTimer = setTimeout(again, delay);
  }

  /** The endpoint's own limit is over: a tunnel takes as long as it takes. */
  stopTimer(): void {
    clearTimeout(this.#backendTimer);
  }

  /** Nobody waits for an answer any more. */
  giveUp(): void {
    clearTimeout(this.#retryTimer);
    this.#pool?.cancel(this);
    this.#pool = undefined;
    this.stream?.abort();
  }

  /** The endpoint is not ours any more. */
  release(): void {
    if (this.#backendTimer !== undefined) clearTimeout(this.#backendTimer);
    if (this.endpoint !== undefined) this.endpoint.active--;
    this.endpoint = undefined;
    this.stream = undefined;
  }
}
