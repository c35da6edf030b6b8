// HTTP between a codec and the stack, whatever the version: heads, body parts by callback, backpressure by boolean.
// No streams and no promises: a part is handed over by a call, `false` means wait for the drain callback.
//
// A codec of either version takes heads of either version: what the next hop gets is asked of the head line by line
// (`forward`), so that HTTP/1.1 and HTTP/2 translate into each other with no code of their own for it.

import type { ResponseFlag } from '@weft/common/response-flag';
import type { HeadEdits } from './head-edits.ts';
import type { RequestView } from './request-view.ts';

export type HttpVersion = 'http1' | 'http2';

/**
 * Takes one line: `name` lower-case, `id` its KNOWN id (stack/known-header.ts) or 0. `isSensitive`: its sender has
 * forbidden that compression remembers it, on every hop (RFC 7541 6.2.3).
 */
export type LineSink = (name: string, value: string, id: number, isSensitive?: boolean) => void;

interface MessageHead {
  readonly version: HttpVersion;
  readonly edits: HeadEdits;
  /** Bytes of the body as announced by Content-Length; -1 where it is not. */
  readonly contentLength: number;
  /** Value by lower-case name, edits applied; several lines joined by `, ` (RFC 9110 5.3). */
  header(name: string): string | undefined;
  /**
   * The lines that go on to the next hop, in order, edits applied: without what ends at this hop (stack/hop-by-hop.ts),
   * pseudo-headers, Host, and Transfer-Encoding. Content-Length is among them.
   */
  forward(sink: LineSink): void;
}

/** A request's head. `path` and `query` may be replaced by normalisation and rewrites, `authority` by rewrites. */
export interface RequestHead extends RequestView, MessageHead {
  /**
   * A WebSocket by extended CONNECT (RFC 8441) is GET with an `upgrade`, as over HTTP/1.1: routes and policies see one
   * request, whatever it came by. `CONNECT` is a plain tunnel (RFC 9110 9.3.6).
   */
  readonly method: string;
  path: string;
  query: string;
  authority: string;
  /** As received: `/a%2Fb?c`, `http://host/…`, `*`; the authority for CONNECT. */
  readonly target: string;
  /** The host was changed by a rewrite: the codec writes `authority` instead of what was received. */
  isAuthorityReplaced: boolean;
  /**
   * Protocol that the client wants to change to, lower-case: `websocket`. The bodies are the tunnel's bytes both ways
   * if the endpoint agrees (`onResponseHead` with status 101, whatever the versions on either side). Without a body
   * of its own such a request is not ended (`sendEnd`) before the answer: the tunnel's end is its end, or an answer
   * other than 101.
   */
  readonly upgrade: string | undefined;
  readonly hasBody: boolean;
  /** `HTTP/1.1`, for the access log. */
  readonly protocol: string;
  /** First value by KNOWN id, without scanning where it is absent; edits are not seen. */
  known(id: number): string | undefined;
  /** A head that outlives its stream, whose own may be used again: for copies (mirrors) and repeats. */
  copy(): RequestHead;
}

export interface ResponseHead extends MessageHead {
  readonly status: number;
}

/** Trailer lines in order, names lower-case; framing and hop-by-hop fields are gone. */
export type Trailers = readonly (readonly [name: string, value: string])[];

/** Takes a request's body. A chunk is valid during the call only: whoever keeps it copies it. */
export interface BodySink {
  /** false: no more until `resumeBody`. */
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
  readonly request: RequestHead;
  owner: DownstreamOwner | undefined;
  /** Starts delivery of the request's body to the owner; nothing of it is read before. */
  receiveBody(): void;
  pauseBody(): void;
  resumeBody(): void;
  /** 1xx but 101. */
  sendInformational(head: ResponseHead): void;
  /**
   * Status 101 answers a request with `upgrade`: request and response data are the tunnel's bytes from then on, each
   * way until its end. The codec says it as its version does (101, or 200 of RFC 8441).
   */
  sendHead(head: ResponseHead): void;
  /** false: wait for `onDownstreamDrain`. */
  sendData(chunk: Buffer): boolean;
  sendEnd(trailers: Trailers | undefined): void;
  flush(): void;
  /** Answers with a response of our own and ends the stream. Only before sendHead. */
  reply(status: number, headers: readonly (readonly [string, string])[], body: string): void;
  /** Breaks off a response that cannot be completed, so that the client notices. */
  abort(): void;
}

/** What the upstream side tells the exchange. */
export interface UpstreamOwner {
  onInformational(head: ResponseHead): void;
  /** Status 101 where the endpoint agreed to the `upgrade`, whatever its version says for it. */
  onResponseHead(head: ResponseHead): void;
  /** false: no more until `resumeResponse`. */
  onResponseData(chunk: Buffer): boolean;
  onResponseEnd(trailers: Trailers | undefined): void;
  onResponseFlush(): void;
  onUpstreamDrain(): void;
  onUpstreamError(error: UpstreamError): void;
}

/** A request being sent: implemented by each client codec. `start` comes first, once. */
export interface UpstreamStream {
  readonly version: HttpVersion;
  start(owner: UpstreamOwner): void;
  sendHead(head: RequestHead): void;
  /** false: wait for `onUpstreamDrain`. */
  sendData(chunk: Buffer): boolean;
  sendEnd(trailers: Trailers | undefined): void;
  flush(): void;
  pauseResponse(): void;
  resumeResponse(): void;
  /** Gives the request up; its owner hears nothing more. */
  abort(): void;
}

export interface UpstreamError {
  readonly flag: ResponseFlag;
  readonly details: string;
  /**
   * `unprocessed`: the endpoint has said that it did nothing of the request (REFUSED_STREAM, GOAWAY: RFC 9113 8.7).
   * `idle-closed`: a connection that had been idle was closed before a byte of this request's answer came, so that
   * the endpoint has most likely not seen it. `sent`: it may have been processed.
   */
  readonly safety: 'unprocessed' | 'idle-closed' | 'sent';
}
