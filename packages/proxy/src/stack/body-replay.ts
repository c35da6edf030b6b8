// The beginning of a request's body, kept while an endpoint may still say that it did nothing of the request: then all
// of it can be sent to another one.

import type { Trailers, UpstreamStream } from './http.ts';

/** A longer body is not kept; its request can not be repeated once a part of it was sent. */
const MAX_BYTES = 65_536;

export class BodyReplay {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #end: { readonly trailers: Trailers | undefined } | undefined;
  #isWhole = true;

  /** Whether all that came of the body is still here. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** `isUrgent`: between two attempts, where nobody else has the chunk. */
  data(chunk: Buffer, isUrgent: boolean): void {
    if (!this.#isWhole) return;
    if (this.#bytes + chunk.length > MAX_BYTES && !isUrgent) return this.forget();
    this.#bytes += chunk.length;
    this.#chunks.push(Buffer.from(chunk));
  }

  end(trailers: Trailers | undefined): void {
    if (this.#isWhole) this.#end = { trailers };
  }

  /** Nobody will ask for it again. */
  forget(): void {
    this.#isWhole = false;
    this.#chunks = [];
    this.#end = undefined;
  }

  /** Sends what has come so far. */
  sendTo(stream: UpstreamStream): void {
    for (const chunk of this.#chunks) stream.sendData(chunk);
    if (this.#end === undefined) stream.flush();
    else stream.sendEnd(this.#end.trailers);
  }
}
