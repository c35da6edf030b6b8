// What each frame that comes means (RFC 9113 section 6): what is wrong with it ends its stream or the connection, the
// rest goes to streams, windows and settings.

import type { H2Connection } from './connection.ts';
import { writePing, writeSettingsAck } from './control-frames.ts';
import type { FieldSection } from './field-section.ts';
import { ERROR, FLAG, FRAME, MIN_MAX_FRAME_SIZE } from './frame.ts';
import { FrameReader, type FrameSink, uint31, uint32 } from './frame-reader.ts';
import { HeaderBlock } from './header-block.ts';
import { HpackDecoder } from './hpack/decoder.ts';
import { HpackError } from './hpack/hpack-error.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';
import type { H2Stream } from './stream.ts';

/** Our own table (RFC 7541 4.2): the default, which is not announced. */
const TABLE_SIZE = 4_096;
/** What frames that move something earn for those that do not: see H2Limits.idleFrames. */
const EARNED_BY_HEADERS = 8;
const EARNED_BY_DATA = 2;

export class FrameHandler implements FrameSink {
  readonly #connection: H2Connection;
  readonly #reader: FrameReader;
  readonly #decoder = new HpackDecoder(TABLE_SIZE);
  readonly #block = new HeaderBlock();
  /** Where the fields of the block that is decoded go. */
  #section: FieldSection | undefined;
  /** Of the DATA frame under way. */
  #dataStream: H2Stream | undefined;
  #dataFlags = 0;
  #paddingBytes = 0;

  constructor(connection: H2Connection) {
    this.#connection = connection;
    this.#reader = new FrameReader(this, MIN_MAX_FRAME_SIZE);
  }

  read(chunk: Buffer, start: number): void {
    this.#reader.read(chunk, start);
  }

  stop(): void {
    this.#reader.stop();
  }

  /** A frame or a header block has begun and is not complete. */
  get isPartial(): boolean {
    return this.#reader.isPartial || this.#block.streamId !== 0;
  }

  onBroken(refusal: H2Refusal): void {
    this.#connection.fail(refusal);
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    const open = this.#block.streamId;
    if (open !== 0 && (type !== FRAME.continuation || streamId !== open))
      return connection.fail(REFUSALS.interleaved);
    if (!connection.peer.isKnown && type !== FRAME.settings) return connection.fail(REFUSALS.firstFrame);
    switch (type) {
      case FRAME.headers:
        return this.#onHeaders(flags, streamId, bytes, start, end);
      case FRAME.continuation:
        return this.#onContinuation(flags, bytes, start, end);
      case FRAME.windowUpdate:
        return this.#onWindowUpdate(streamId, bytes, start, end);
      case FRAME.rstStream:
        return this.#onReset(streamId, bytes, start, end);
      case FRAME.settings:
        return this.#onSettings(flags, streamId, bytes, start, end);
      case FRAME.ping:
        return this.#onPing(flags, streamId, bytes, start, end);
      case FRAME.goaway:
        if (streamId !== 0) return connection.fail(REFUSALS.notStreamZero);
        if (end - start < 8) return connection.fail(REFUSALS.frameLength);
        connection.spendFrames(1);
        return connection.onGoaway(uint31(bytes, start));
      case FRAME.priority:
        return this.#onPriority(streamId, bytes, start, end);
      case FRAME.pushPromise:
        return connection.fail(REFUSALS.push);
      default:
        // RFC 9113 5.5: extensions that nobody has agreed on are ignored.
        return connection.spendFrames(1);
    }
  }

  // --- header sections -------------------------------------------------------------------------------------

  #onHeaders(flags: number, streamId: number, bytes: Buffer, frameStart: number, frameEnd: number): void {
    const connection = this.#connection;
    if (streamId === 0) return connection.fail(REFUSALS.streamZero);
    let start = frameStart;
    let end = frameEnd;
    if ((flags & FLAG.padded) !== 0) {
      if (start === end) return connection.fail(REFUSALS.frameLength);
      end -= bytes[start++] as number;
    }
    if ((flags & FLAG.priority) !== 0) {
      // Priorities are gone (RFC 9113 5.3), but this can only be a mistake.
      if (start + 5 <= end && uint31(bytes, start) === streamId)
        return connection.fail(REFUSALS.priorityOnItself);
      start += 5;
    }
    if (start > end) return connection.fail(REFUSALS.padding);
    const isEnd = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) this.#readSection(streamId, isEnd, bytes, start, end);
    else this.#block.begin(streamId, isEnd, bytes, start, end);
  }

  #onContinuation(flags: number, bytes: Buffer, start: number, end: number): void {
    const block = this.#block;
    const { streamId, isEnd } = block;
    if (streamId === 0) return this.#connection.fail(REFUSALS.continuation);
    const whole = block.continue(this.#connection.limits, flags, bytes, start, end);
    if (whole === undefined) return;
    if ('details' in whole) this.#connection.fail(whole);
    else this.#readSection(streamId, isEnd, whole, 0, whole.length);
  }

  /** Even where nobody wants the fields, the decoder's table has to see them (RFC 9113 4.3). */
  #readSection(streamId: number, isEnd: boolean, block: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    const section = connection.beginSection(streamId, isEnd);
    if (connection.isOver) return;
    this.#section = section;
    try {
      this.#decoder.decode(block, start, end, this.#takeField);
    } catch (error) {
      if (!(error instanceof HpackError)) throw error;
      return connection.fail(REFUSALS.hpack);
    }
    if (section === undefined) connection.spendFrames(1);
    else {
      connection.earnFrames(EARNED_BY_HEADERS);
      connection.endSection(section, streamId, isEnd);
    }
  }

  #takeField = (name: string, value: string, id: number, isSensitive: boolean, size: number): void => {
    this.#section?.take(name, value, id, isSensitive, size, this.#connection.limits);
  };

  // --- data ------------------------------------------------------------------------------------------------

  onDataStart(flags: number, streamId: number, length: number): void {
    const connection = this.#connection;
    if (this.#block.streamId !== 0) return connection.fail(REFUSALS.interleaved);
    if (!connection.peer.isKnown) return connection.fail(REFUSALS.firstFrame);
    if (streamId === 0) return connection.fail(REFUSALS.streamZero);
    if (!connection.receiveWindow.take(length)) return connection.fail(REFUSALS.window);
    this.#dataFlags = flags;
    this.#paddingBytes = length;
    const stream = connection.streams.get(streamId);
    this.#dataStream = stream;
    if (stream === undefined) this.#onStrayData(streamId);
    else if (stream.isRemoteEnded) connection.refuseStream(stream, REFUSALS.endedStream);
    else if (stream.isHeadless) connection.refuseStream(stream, REFUSALS.unexpectedBody);
    else if (!stream.takeWindow(length)) connection.refuseStream(stream, REFUSALS.streamWindow);
    else if (length > 0) connection.earnFrames(EARNED_BY_DATA);
    else if ((flags & FLAG.endStream) === 0) connection.spendFrames(1);
  }

  /** On a stream that is over, or was never open. */
  #onStrayData(streamId: number): void {
    const connection = this.#connection;
    if (connection.isIdle(streamId)) connection.fail(REFUSALS.idleStream);
    else if (connection.wasResetByUs(streamId)) connection.spendFrames(1);
    else connection.refuseId(streamId, ERROR.streamClosed);
  }

  onDataPart(chunk: Buffer, start: number, end: number): void {
    this.#paddingBytes -= end - start;
    const stream = this.#dataStream;
    if (stream === undefined || stream.isClosed) this.#connection.receiveWindow.credit(end - start);
    else stream.receive(chunk, start, end);
  }

  onDataEnd(): void {
    const stream = this.#dataStream;
    this.#dataStream = undefined;
    if (this.#paddingBytes > 0) {
      this.#connection.receiveWindow.credit(this.#paddingBytes);
      stream?.credit(this.#paddingBytes);
    }
    if ((this.#dataFlags & FLAG.endStream) !== 0 && stream !== undefined && !stream.isClosed)
      stream.receiveEnd(undefined);
  }

  // --- the small frames ------------------------------------------------------------------------------------

  #onWindowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    if (end - start !== 4) return connection.fail(REFUSALS.frameLength);
    connection.spendFrames(1);
    const increment = uint31(bytes, start);
    if (streamId === 0) {
      if (increment === 0) connection.fail(REFUSALS.zeroIncrement);
      else if (!connection.sender.openWindow(increment)) connection.fail(REFUSALS.windowOverflow);
      return;
    }
    const stream = connection.streams.get(streamId);
    if (stream === undefined) {
      if (connection.isIdle(streamId)) connection.fail(REFUSALS.idleStream);
    } else if (increment === 0) connection.refuseStream(stream, REFUSALS.streamZeroIncrement);
    else if (!connection.sender.openStreamWindow(stream, increment))
      connection.refuseStream(stream, REFUSALS.streamWindowOverflow);
  }

  #onReset(streamId: number, bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    if (streamId === 0) return connection.fail(REFUSALS.streamZero);
    if (end - start !== 4) return connection.fail(REFUSALS.frameLength);
    const stream = connection.streams.get(streamId);
    if (stream !== undefined) {
      connection.spendReset();
      if (!connection.isOver) connection.removeReset(stream, uint32(bytes, start));
    } else if (connection.isIdle(streamId)) connection.fail(REFUSALS.idleStream);
    else connection.spendFrames(1);
  }

  #onSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    const { peer } = connection;
    if (streamId !== 0) return connection.fail(REFUSALS.notStreamZero);
    if ((flags & FLAG.ack) !== 0) {
      if (end > start) connection.fail(REFUSALS.frameLength);
      else if (peer.isKnown) connection.spendFrames(1);
      else connection.fail(REFUSALS.firstFrame);
      return;
    }
    if ((end - start) % 6 !== 0) return connection.fail(REFUSALS.frameLength);
    // Settings cost little each, but a frame holds thousands.
    connection.spendFrames(1 + (end - start) / 48);
    const before = peer.initialWindowSize;
    const refusal = peer.take(bytes, start, end);
    if (refusal !== undefined) return connection.fail(refusal);
    connection.heads.maxFrameSize = Math.min(peer.maxFrameSize, MIN_MAX_FRAME_SIZE);
    connection.heads.setMaxTableSize(peer.headerTableSize);
    writeSettingsAck(connection.output);
    if (!this.#moveWindows(peer.initialWindowSize - before)) return connection.fail(REFUSALS.windowSetting);
    connection.onSettings();
  }

  /** RFC 9113 6.9.2: the setting counts for open streams too. */
  #moveWindows(change: number): boolean {
    if (change === 0) return true;
    const { sender, streams } = this.#connection;
    for (const stream of streams.values()) if (!sender.openStreamWindow(stream, change)) return false;
    return true;
  }

  #onPing(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    if (streamId !== 0) return connection.fail(REFUSALS.notStreamZero);
    if (end - start !== 8) return connection.fail(REFUSALS.frameLength);
    connection.spendFrames(1);
    if ((flags & FLAG.ack) !== 0) connection.onPong();
    else writePing(connection.output, FLAG.ack, bytes, start);
  }

  #onPriority(streamId: number, bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    if (streamId === 0) return connection.fail(REFUSALS.streamZero);
    if (end - start !== 5) return connection.fail(REFUSALS.frameLength);
    connection.spendFrames(1);
    if (uint31(bytes, start) === streamId) connection.fail(REFUSALS.priorityOnItself);
  }
}
