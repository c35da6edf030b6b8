// A copy of a request for another cluster: sent as the original comes in, its answer thrown away.
// A copy never slows the original down: one that cannot keep up is given up.

import type { RequestHead, ResponseHead, Trailers, UpstreamOwner, UpstreamStream } from '../stack/http.ts';
import type { RequestCopy } from '../stack/request-copy.ts';
import { upstreamVersion } from '../stack/upstream-version.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';
import type { StreamPool, StreamTaker } from '../upstream/stream-pool.ts';

/** Body that is held while the copy's stream is not there or cannot take more. */
const HELD_BYTES = 65_536;
/** An answer that takes longer than this is not waited for. */
const ANSWER_MS = 30_000;

export function mirrorRequest(request: RequestHead, cluster: UpstreamCluster): RequestCopy {
  return new Mirror(request.copy(), cluster);
}

class Mirror implements RequestCopy, StreamTaker, UpstreamOwner {
  #request: RequestHead;
  #endpoint: UpstreamEndpoint | undefined;
  #pool: StreamPool | undefined;
  #stream: UpstreamStream | undefined;
  /** The stream has asked to wait. */
  #isFull = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #trailers: Trailers | undefined;
  #isComplete: boolean;
  #isSent = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: RequestHead, cluster: UpstreamCluster) {
    const endpoint = cluster.pick();
    this.#request = request;
    this.#endpoint = endpoint;
    this.#isComplete = !request.hasBody && request.upgrade === undefined;
    if (endpoint === undefined) return;
    endpoint.active++;
    this.#timer = setTimeout(() => this.abandon(), ANSWER_MS);
    this.#pool = endpoint.streams(
      upstreamVersion(cluster.config.protocol, request.version),
      request.upgrade !== undefined,
    );
    this.#pool.acquire(this);
  }

  // --- RequestCopy -----------------------------------------------------------------------------------------

  data(chunk: Buffer): void {
    if (this.#endpoint === undefined) return;
    if (this.#stream !== undefined && !this.#isFull) {
      this.#isFull = !this.#stream.sendData(chunk);
      return;
    }
    this.#held.push(Buffer.from(chunk));
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HELD_BYTES) this.abandon();
  }

  end(trailers: Trailers | undefined): void {
    this.#isComplete = true;
    this.#trailers = trailers;
    this.#sendHeld();
  }

  abandon(): void {
    if (this.#stream === undefined) this.#pool?.cancel(this);
    this.#stream?.abort();
    this.#done();
  }

  // --- its stream ------------------------------------------------------------------------------------------

  onStream(stream: UpstreamStream): void {
    this.#stream = stream;
    stream.start(this);
    stream.sendHead(this.#request);
    this.#sendHeld();
  }

  /** What has come meanwhile; the end only after all of it. */
  #sendHeld(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#isSent) return;
    while (this.#held.length > 0 && !this.#isFull) {
      const chunk = this.#held.shift() as Buffer;
      this.#heldBytes -= chunk.length;
      this.#isFull = !stream.sendData(chunk);
    }
    this.#isSent = this.#isComplete && this.#held.length === 0;
    if (this.#isSent) stream.sendEnd(this.#trailers);
    else stream.flush();
  }

  onUpstreamDrain(): void {
    this.#isFull = false;
    this.#sendHeld();
  }

  onConnectFailed(): void {
    this.#done();
  }

  onInformational(): void {}

  onResponseHead({ status }: ResponseHead): void {
    if (status === 101) this.abandon();
    else if (this.#request.upgrade !== undefined && !this.#request.hasBody) this.#stream?.sendEnd(undefined);
  }

  onResponseData(): boolean {
    return true;
  }
  onResponseFlush(): void {}

  onResponseEnd(): void {
    this.#done();
  }

  onUpstreamError(): void {
    this.#done();
  }

  #done(): void {
    clearTimeout(this.#timer);
    if (this.#endpoint !== undefined) this.#endpoint.active--;
    this.#endpoint = undefined;
    this.#stream = undefined;
    this.#held = [];
  }
}
