// The client side of HTTP/2: many requests at once to one endpoint. A pool is told when another fits in.

import type { Socket } from 'node:net';
import type { UpstreamStream } from '../../stack/http.ts';
import { H2ClientStream } from './client-stream.ts';
import { H2Connection } from './connection.ts';
import { writeGoaway, writeSettings } from './control-frames.ts';
import type { FieldSection } from './field-section.ts';
import { CLIENT_PREFACE, ERROR, MAX_31, SETTING } from './frame.ts';
import { CLIENT_LIMITS, type H2Limits } from './limits.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';
import { H2ResponseHead } from './response-head.ts';
import { TrailerSection } from './trailer-section.ts';

/** The pool. */
export interface H2ClientOwner {
  /** `isUsable` has become true: the endpoint's settings have come, or a stream is over. */
  onAvailable(connection: H2ClientConnection): void;
  /** `isUsable` will not become true again, though streams may go on: the endpoint has sent GOAWAY, or is no HTTP/2. */
  onDraining?(connection: H2ClientConnection): void;
  /** The connection is closed; called once. */
  onGone(connection: H2ClientConnection): void;
}

export class H2ClientConnection extends H2Connection {
  protected override readonly isServer = false;
  readonly scheme: 'http' | 'https';
  /** Requests sent so far. */
  requests = 0;
  /** Why the connection ended, where the endpoint broke the protocol. */
  failure: H2Refusal | undefined;

  readonly #owner: H2ClientOwner;
  #nextStreamId = 1;
  /** Opened, and not sent yet. */
  readonly #reserved = new Set<H2ClientStream>();
  #wasUsable = false;

  constructor(socket: Socket, owner: H2ClientOwner, limits: H2Limits = CLIENT_LIMITS) {
    super(socket, limits);
    this.#owner = owner;
    this.scheme = 'encrypted' in socket ? 'https' : 'http';
    const { output } = this;
    output.reserve(CLIENT_PREFACE.length);
    output.at += CLIENT_PREFACE.copy(output.buffer, output.at);
    writeSettings(output, [
      [SETTING.enablePush, 0],
      [SETTING.initialWindowSize, limits.streamWindow],
      [SETTING.maxHeaderListSize, limits.headerListBytes],
    ]);
    this.receiveWindow.open();
  }

  override get activeStreams(): number {
    return this.streams.size + this.#reserved.size;
  }

  /** `other`: the endpoint's first bytes are no SETTINGS frame (RFC 9113 3.4), so it does not speak HTTP/2. */
  get speaks(): 'unknown' | 'http2' | 'other' {
    if (this.peer.isKnown) return 'http2';
    return this.failure === undefined || this.failure === REFUSALS.slowPreface ? 'unknown' : 'other';
  }

  /**
   * Another stream may be opened now. False until the endpoint's settings have come, which say how many it takes,
   * unless the limits say that it is known to take some.
   */
  get isUsable(): boolean {
    return (
      (this.peer.isKnown || this.activeStreams < this.limits.streamsBeforeSettings) &&
      !this.isOver &&
      !this.isClosing &&
      this.#nextStreamId < MAX_31 &&
      this.activeStreams < Math.min(this.limits.maxStreams, this.peer.maxConcurrentStreams)
    );
  }

  /** RFC 8441 3. Where streams are opened early, the endpoint is one of our own. */
  get allowsExtendedConnect(): boolean {
    return this.peer.isKnown ? this.peer.allowsExtendedConnect : this.limits.streamsBeforeSettings > 0;
  }

  /** Opened on the wire with the request's head: ids go up in the order of those (RFC 9113 5.1.1). */
  open(): UpstreamStream {
    const stream = new H2ClientStream(this);
    this.#reserved.add(stream);
    this.#wasUsable = this.isUsable;
    return stream;
  }

  /** Gives a stream its id; false: the connection takes no more. */
  admit(stream: H2ClientStream): boolean {
    this.#reserved.delete(stream);
    if (this.isOver || this.isClosing) return false;
    stream.id = this.#nextStreamId;
    // A window that the settings changed meanwhile.
    stream.sendWindow = this.peer.initialWindowSize;
    this.#nextStreamId += 2;
    this.requests++;
    this.add(stream);
    if (this.#nextStreamId > MAX_31) this.isClosing = true;
    return true;
  }

  override reset(stream: H2ClientStream, code: number): void {
    this.#reserved.delete(stream);
    super.reset(stream, code);
    if (stream.id === 0) this.onRemoved();
  }

  /** No new requests; ends after those under way. */
  close(): void {
    if (this.isOver || this.isClosing) return;
    this.isClosing = true;
    writeGoaway(this.output, 0, ERROR.noError, '');
    this.endIfDone();
  }

  // --- H2Connection ----------------------------------------------------------------------------------------

  /** A server's preface is its SETTINGS. */
  protected override readPreface(): number {
    return 0;
  }

  override isIdle(streamId: number): boolean {
    return (streamId & 1) === 0 || streamId >= this.#nextStreamId;
  }

  override beginSection(streamId: number, isEnd: boolean): FieldSection | undefined {
    const stream = this.streams.get(streamId) as H2ClientStream | undefined;
    if (stream === undefined) {
      if (this.isIdle(streamId)) this.fail(REFUSALS.idleStream);
      else if (!this.wasResetByUs(streamId)) this.fail(REFUSALS.closedHeaders);
      return undefined;
    }
    if (stream.isRemoteEnded) this.refuseStream(stream, REFUSALS.endedStream);
    else if (stream.isHeadless) return new H2ResponseHead();
    else if (isEnd) return new TrailerSection();
    else this.refuseStream(stream, REFUSALS.trailers);
    return undefined;
  }

  override endSection(section: FieldSection, streamId: number, isEnd: boolean): void {
    const stream = this.streams.get(streamId) as H2ClientStream | undefined;
    if (stream === undefined) return;
    if (section instanceof H2ResponseHead) {
      const refusal = section.finish(isEnd);
      if (refusal === undefined) stream.receiveHead(section, isEnd);
      else this.refuseStream(stream, refusal);
    } else {
      const trailers = section as TrailerSection;
      const refusal = trailers.finish();
      if (refusal === undefined) stream.receiveEnd(trailers.lines);
      else this.refuseStream(stream, refusal);
    }
  }

  override onSettings(): void {
    this.#tellAvailable();
  }

  /** What is above has not been processed, and never will be (RFC 9113 6.8). */
  override onGoaway(lastStreamId: number): void {
    const wasClosing = this.isClosing;
    this.isClosing = true;
    for (const stream of [...this.streams.values()] as H2ClientStream[]) {
      if (stream.id > lastStreamId) {
        stream.isClosed = true;
        this.streams.delete(stream.id);
        stream.onUnprocessed();
      }
    }
    if (!wasClosing) this.#owner.onDraining?.(this);
    this.endIfDone();
  }

  override onPong(): void {}

  protected override onRemoved(): void {
    this.#tellAvailable();
  }

  #tellAvailable(): void {
    const { isUsable } = this;
    const hasBecomeUsable = isUsable && !this.#wasUsable;
    this.#wasUsable = isUsable;
    if (hasBecomeUsable) this.#owner.onAvailable(this);
  }

  protected override onBrokenConnection(refusal: H2Refusal): void {
    this.failure = refusal;
    // Before the socket is gone: nobody has to wait for that.
    this.#owner.onDraining?.(this);
  }

  protected override onSocketClosed(): void {
    this.#owner.onGone(this);
  }

  protected override onOverdue(): void {
    this.close();
  }
}
