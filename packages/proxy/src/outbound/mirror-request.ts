// A copy of a request for another cluster: sent as the original comes in, its answer thrown away.
// A copy never slows the original down: one that cannot keep up is given up.

import type { H1ClientConnection } from '../codec/h1/client-connection.ts';
import { copyRequest, type H1RequestHead } from '../codec/h1/message.ts';
import type { RequestCopy } from '../stack/exchange.ts';
import type { RequestHead, Trailers, UpstreamOwner } from '../stack/http.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';
import type { ConnectionTaker } from '../upstream/pool.ts';

/** Body that is held while the copy's connection is not there or cannot take more. */
const HELD_BYTES = 65_536;
/** An answer that takes longer than this is not waited for. */
const ANSWER_MS = 30_000;

export function mirrorRequest(request: RequestHead, cluster: UpstreamCluster): RequestCopy {
  return new Mirror(copyRequest(request as H1RequestHead), cluster.pick());
}

class Mirror implements RequestCopy, ConnectionTaker, UpstreamOwner {
  #request: H1RequestHead;
  #endpoint: UpstreamEndpoint | undefined;
  #connection: H1ClientConnection | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #trailers: Trailers | undefined;
  #isComplete: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: H1RequestHead, endpoint: UpstreamEndpoint | undefined) {
    this.#request = request;
    this.#endpoint = endpoint;
    this.#isComplete = !request.hasBody;
    if (endpoint === undefined) return;
    endpoint.active++;
    this.#timer = setTimeout(() => this.abandon(), ANSWER_MS);
    endpoint.pool.acquire(this);
  }

  // --- RequestCopy -----------------------------------------------------------------------------------------

  data(chunk: Buffer): void {
    if (this.#endpoint === undefined) return;
    if (this.#connection === undefined) {
      this.#held.push(Buffer.from(chunk));
      this.#heldBytes += chunk.length;
    } else this.#connection.sendData(chunk);
    if (this.#heldBytes > HELD_BYTES || (this.#connection?.socket.writableLength ?? 0) > HELD_BYTES)
      this.abandon();
  }

  end(trailers: Trailers | undefined): void {
    this.#isComplete = true;
    this.#trailers = trailers;
    this.#connection?.sendEnd(trailers);
  }

  abandon(): void {
    if (this.#connection === undefined) this.#endpoint?.pool.cancel(this);
    this.#connection?.abort();
    this.#done();
  }

  // --- its connection --------------------------------------------------------------------------------------

  onConnection(connection: H1ClientConnection): void {
    this.#connection = connection;
    connection.start(this);
    connection.sendHead(this.#request);
    for (const chunk of this.#held.splice(0)) connection.sendData(chunk);
    this.#heldBytes = 0;
    if (this.#isComplete) connection.sendEnd(this.#trailers);
    else connection.flush();
  }

  onConnectFailed(): void {
    this.#done();
  }

  onInformational(): void {}
  onResponseHead(): void {}
  onResponseData(): boolean {
    return true;
  }
  onResponseFlush(): void {}
  onUpstreamDrain(): void {}

  onResponseEnd(): void {
    this.#done();
  }

  onUpgraded(): void {
    this.abandon();
  }

  onUpstreamError(): void {
    this.#done();
  }

  #done(): void {
    clearTimeout(this.#timer);
    if (this.#endpoint !== undefined) this.#endpoint.active--;
    this.#endpoint = undefined;
    this.#connection = undefined;
  }
}
