// The server side of HTTP/2: streams of a client, each one request.
//
//   HEADERS ─▶ onRequest(stream) ─▶ [receiveBody] body ─▶ owner      owner ─▶ sendHead/sendData/sendEnd

import type { Socket } from 'node:net';
import type { DownstreamStream } from '../../stack/http.ts';
import { H2Connection } from './connection.ts';
import { writeGoaway, writePing, writeSettings } from './control-frames.ts';
import type { FieldSection } from './field-section.ts';
import { CLIENT_PREFACE, DEFAULT_WINDOW, ERROR, MAX_31, SETTING } from './frame.ts';
import { type H2Limits, SERVER_LIMITS } from './limits.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';
import { H2ServerStream } from './server-stream.ts';
import { TrailerSection } from './trailer-section.ts';

/** Whoever took the connection. */
export interface H2ServerOwner {
  /** A request has come; it is to be answered by the stream's methods. */
  onRequest(stream: DownstreamStream): void;
  /** What came is no request that we can serve; the codec has answered. */
  onRefused(refusal: H2Refusal): void;
  onClose(): void;
}

const DRAIN_PING = Buffer.from('drain\0\0\0', 'latin1');
/** A client that does not answer the PING of a drain is not waited for longer. */
const DRAIN_TICKS = 20;

export class H2ServerConnection extends H2Connection {
  protected override readonly isServer = true;
  readonly #owner: H2ServerOwner;
  #prefaceBytes = 0;
  /** The stream whose head is being read. */
  #opening: H2ServerStream | undefined;
  /** Streams after this one are not served: the last GOAWAY said so. */
  #lastServed = MAX_31;
  /** Tick at which the first GOAWAY of a drain went out. */
  #drainingSince: number | undefined;

  constructor(socket: Socket, owner: H2ServerOwner, limits: H2Limits = SERVER_LIMITS) {
    super(socket, limits);
    this.#owner = owner;
    writeSettings(this.output, [
      [SETTING.maxConcurrentStreams, limits.maxStreams],
      [SETTING.initialWindowSize, limits.streamWindow],
      [SETTING.maxHeaderListSize, limits.headerListBytes],
      [SETTING.enableConnectProtocol, 1],
    ]);
    if (limits.connectionWindow > DEFAULT_WINDOW) this.receiveWindow.open();
  }

  /**
   * No new requests, without losing one that is on its way (RFC 9113 6.8): the client is told to stop, and only after
   * a round trip, when all that it had sent before has come, which stream is the last.
   */
  drain(): void {
    if (this.isOver || this.isClosing || this.#drainingSince !== undefined) return;
    this.#drainingSince = this.tick;
    writeGoaway(this.output, MAX_31, ERROR.noError, '');
    writePing(this.output, 0, DRAIN_PING, 0);
  }

  /** No new requests from now on; ends after those under way. */
  close(): void {
    if (this.isOver || this.isClosing) return;
    this.#lastServed = this.lastPeerStreamId;
    this.isClosing = true;
    writeGoaway(this.output, this.#lastServed, ERROR.noError, '');
    this.endIfDone();
  }

  // --- H2Connection ----------------------------------------------------------------------------------------

  protected override readPreface(chunk: Buffer): number {
    const had = this.#prefaceBytes;
    if (had === CLIENT_PREFACE.length) return 0;
    const bytes = Math.min(CLIENT_PREFACE.length - had, chunk.length);
    if (chunk.compare(CLIENT_PREFACE, had, had + bytes, 0, bytes) !== 0) {
      this.fail(REFUSALS.preface);
      return chunk.length;
    }
    this.#prefaceBytes += bytes;
    return bytes;
  }

  override isIdle(streamId: number): boolean {
    return (streamId & 1) === 0 || streamId > this.lastPeerStreamId;
  }

  override beginSection(streamId: number, isEnd: boolean): FieldSection | undefined {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) {
      if (stream.isRemoteEnded) this.refuseStream(stream, REFUSALS.endedStream);
      else if (isEnd) return new TrailerSection();
      else this.refuseStream(stream, REFUSALS.trailers);
      return undefined;
    }
    if ((streamId & 1) === 0) this.fail(REFUSALS.streamId);
    else if (streamId > this.lastPeerStreamId) return this.#open(streamId);
    else if (!this.wasResetByUs(streamId)) this.fail(REFUSALS.closedHeaders);
    return undefined;
  }

  #open(streamId: number): FieldSection | undefined {
    // The client was told that it will not be served, and sends it elsewhere.
    if (streamId > this.#lastServed) return undefined;
    this.lastPeerStreamId = streamId;
    if (this.streams.size >= this.limits.maxStreams) {
      this.refuseId(streamId, ERROR.refusedStream);
      if (!this.isOver) this.#owner.onRefused(REFUSALS.tooManyStreams);
      return undefined;
    }
    this.#opening = new H2ServerStream(this, streamId);
    return this.#opening.request;
  }

  override endSection(section: FieldSection, streamId: number, isEnd: boolean): void {
    if (section instanceof TrailerSection) {
      const stream = this.streams.get(streamId);
      if (stream === undefined) return;
      const refusal = section.finish();
      if (refusal === undefined) stream.receiveEnd(section.lines);
      else this.refuseStream(stream, refusal);
      return;
    }
    const stream = this.#opening as H2ServerStream;
    this.#opening = undefined;
    const refusal = stream.request.finish(isEnd);
    if (refusal === undefined) {
      this.add(stream);
      stream.begin();
      // Before the owner hears of it: a request without a body is complete when it begins.
      if (isEnd) stream.receiveEnd(undefined);
      if (!stream.isClosed) this.#owner.onRequest(stream);
    } else this.#refuse(stream, refusal, isEnd);
  }

  #refuse(stream: H2ServerStream, refusal: H2Refusal, isEnd: boolean): void {
    if (refusal.status !== 431) this.refuseId(stream.id, refusal.code);
    else {
      // A request all the same, whose sender may want to know (RFC 6585 5).
      this.add(stream);
      if (isEnd) stream.isRemoteEnded = true;
      stream.reply(431, [['x-weft-response-flags', 'DPE']], `weft: DPE ${refusal.message}\n`);
    }
    if (!this.isOver) this.#owner.onRefused(refusal);
  }

  override onSettings(): void {}

  /** The client opens no more streams, and closes when it has its answers. */
  override onGoaway(): void {
    this.isClosing = true;
    this.endIfDone();
  }

  override onPong(): void {
    if (this.#drainingSince !== undefined) this.close();
  }

  protected override onRemoved(): void {}

  protected override onBrokenConnection(refusal: H2Refusal): void {
    this.#owner.onRefused(refusal);
  }

  protected override onSocketClosed(): void {
    this.#owner.onClose();
  }

  protected override onOverdue(what: 'idle' | 'lifetime'): void {
    if (what === 'idle') this.close();
    else this.drain();
  }

  override onTick(tick: number): void {
    super.onTick(tick);
    if (this.#drainingSince !== undefined && tick - this.#drainingSince >= DRAIN_TICKS) this.close();
  }
}
