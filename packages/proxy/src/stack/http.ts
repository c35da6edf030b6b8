// HTTP between a codec and the stack, whatever the version: heads, body parts by callback, backpressure by boolean.
// No streams and no promises: a part is handed over by a call, `false` means wait for the drain callback.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { HeadEdits } from './head-edits.ts';
import type { RequestView } from './request-view.ts';

/** A request's head. `path` and `query` may be replaced by normalisation and rewrites, `authority` by rewrites. */
export interface RequestHead extends RequestView {
  path: string;
  query: string;
  authority: string;
  /** As received: `/a%2Fb?c`, `http://host/…`, `*`. */
  readonly target: string;
  /** The host was changed by a rewrite: the codec writes `authority` instead of what was received. */
  isAuthorityReplaced: boolean;
  /** The bytes after the head are a tunnel if the answer is 101. */
  readonly isUpgrade: boolean;
  readonly hasBody: boolean;
  /** `HTTP/1.1` for the access log. */
  readonly protocol: string;
  readonly edits: HeadEdits;
  /** First value by known header id (codec/h1/known-header.ts), without scanning where it is absent. */
  known(id: number): string | undefined;
}

export interface ResponseHead {
  readonly status: number;
  readonly edits: HeadEdits;
  header(name: string): string | undefined;
}

/** Trailer lines in order, names lower-case; framing and hop-by-hop fields are gone. */
export type Trailers = readonly (readonly [name: string, value: string])[];

/** Takes a request's body. */
export interface BodySink {
  onRequestData(chunk: Buffer): boolean;
  onRequestEnd(trailers: Trailers | undefined): void;
  /** No more of it in this turn of the event loop: what was gathered may be sent. */
  onRequestFlush(): void;
}

/** What the downstream side tells the exchange. */
export interface DownstreamOwner extends BodySink {
  /** The client takes response data again. */
  onDownstreamDrain(): void;
  /**
   * The client is gone before the response was complete (DC), or broke the protocol (DPE). `status`: what the codec
   * answers then; 0 where it can not.
   */
  onDownstreamAbort(flag: ResponseFlag, details: string, status: number): void;
}

/** A request being served: implemented by each server codec. */
export interface DownstreamStream {
  owner: DownstreamOwner | undefined;
  /** Starts delivery of the request's body to the owner; nothing of it is read before. */
  receiveBody(): void;
  pauseBody(): void;
  resumeBody(): void;
  sendInformational(head: ResponseHead): void;
  sendHead(head: ResponseHead): void;
  sendData(chunk: Buffer): boolean;
  sendEnd(trailers: Trailers | undefined): void;
  flush(): void;
  /** Answers with a response of our own and ends the stream. Only before sendHead. */
  reply(status: number, headers: readonly (readonly [string, string])[], body: string): void;
  /** Breaks off a response that cannot be completed, so that the client notices. */
  abort(): void;
  /** After a 101: hands the connection over as bytes. */
  detach(): Detached;
}

/** What the upstream side tells the exchange. */
export interface UpstreamOwner {
  onInformational(head: ResponseHead): void;
  onResponseHead(head: ResponseHead): void;
  onResponseData(chunk: Buffer): boolean;
  onResponseEnd(trailers: Trailers | undefined): void;
  onResponseFlush(): void;
  /** The endpoint switched protocols (101): the connection carries bytes from now on. */
  onUpgraded(head: ResponseHead): void;
  onUpstreamDrain(): void;
  onUpstreamError(error: UpstreamError): void;
}

/** A request being sent: implemented by each client codec. */
export interface UpstreamStream {
  sendHead(head: RequestHead): void;
  sendData(chunk: Buffer): boolean;
  sendEnd(trailers: Trailers | undefined): void;
  flush(): void;
  pauseResponse(): void;
  resumeResponse(): void;
  /** Gives the request up; the connection is not used again. */
  abort(): void;
  detach(): Detached;
}

export interface UpstreamError {
  readonly flag: ResponseFlag;
  readonly details: string;
  /**
   * `idle-closed`: a connection that had been idle was closed before a byte of this request's answer came, so that
   * the endpoint has most likely not seen it. `sent`: it may have been processed.
   */
  readonly safety: 'idle-closed' | 'sent';
}

/** A connection taken from its codec, with the bytes that came after the head. */
export interface Detached {
  readonly socket: import('node:net').Socket;
  readonly rest: Buffer | undefined;
}
