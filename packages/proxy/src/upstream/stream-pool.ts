// Where a request gets a stream to one endpoint, whatever carries it: a connection of its own for a while (HTTP/1.1),
// or one of many streams of a connection (HTTP/2).

import type { UpstreamStream } from '../stack/http.ts';

/** A request that needs a stream; exactly one of the two is called, unless it cancels. */
export interface StreamTaker {
  onStream(stream: UpstreamStream): void;
  onConnectFailed(reason: string): void;
}

export interface StreamPool {
  /** Open connections, idle ones included. */
  readonly size: number;
  readonly idle: number;
  /** Gives the taker a stream: at once where a connection has one, else as soon as there is one. */
  acquire(taker: StreamTaker): void;
  /** The request was given up while it waited. */
  cancel(taker: StreamTaker): void;
  /** No request will ask again: idle connections are closed, the others when their requests are over. */
  close(): void;
}
