// One stream: what both sides' have in common. Data is handed to the owner as it comes; while the owner does not take
// it, it is kept, and the peer gets credit only as it is taken: the stream's window is all that it can make us hold.

import type { Trailers } from '../../stack/http.ts';
import { ByteQueue } from './byte-queue.ts';
import type { H2Connection } from './connection.ts';
import { writeWindowUpdate } from './control-frames.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';
import { SendingStream } from './sending-stream.ts';

/** Held data is handed over in pieces of this size at most. */
const PIECE_BYTES = 65_536;

export abstract class H2Stream extends SendingStream {
  /** END_STREAM came. */
  isRemoteEnded = false;
  /** The peer owes a head: there can be no data yet. */
  isHeadless = false;
  /** Data came in this read event: its owner hears when that is over. */
  isTouched = false;
  /** What the owner has not asked for, or asked to wait with, is held. */
  protected isPaused = false;
  /** A tunnel's directions end one by one. */
  protected isTunnel = false;
  /** Bytes of the body as announced; -1 where it is not. */
  protected expectedBytes = -1;
  protected readonly connection: H2Connection;

  #receivedBytes = 0;
  /** What the peer may still send, and what was taken since it was told last. */
  #window: number;
  #credit = 0;
  /** How large the window is to be, and whether something had to be held since the peer was told last. */
  #target: number;
  #wasHeld = false;
  #held: ByteQueue | undefined;
  #trailers: Trailers | undefined;
  #isDelivering = false;
  #isEndDelivered = false;
  /** Tick of the last data, or of the first look. */
  #dataTick = -1;

  constructor(connection: H2Connection) {
    super(connection.sender, connection.peer.initialWindowSize);
    this.connection = connection;
    this.#window = connection.limits.streamWindow;
    this.#target = this.#window;
  }

  /** false: no more until `resume`. */
  protected abstract deliverData(chunk: Buffer): boolean;
  protected abstract deliverEnd(trailers: Trailers | undefined): void;
  abstract deliverFlush(): void;
  /** The peer gave the stream up. */
  abstract onPeerReset(code: number): void;
  /** What the peer sent is no part of a message; the stream is reset. */
  abstract onRefused(refusal: H2Refusal): void;
  /** The connection is gone, and with it the stream; `refusal` where the peer broke the protocol. */
  abstract onLost(refusal: H2Refusal | undefined): void;

  protected override onLocalEnd(): void {
    if (this.isRemoteEnded) this.connection.remove(this);
  }

  // --- receiving -------------------------------------------------------------------------------------------

  /** A DATA frame begins; false: it is more than the window allows. */
  takeWindow(bytes: number): boolean {
    this.#window -= bytes;
    return this.#window >= 0;
  }

  receive(chunk: Buffer, start: number, end: number): void {
    const bytes = end - start;
    const { connection } = this;
    this.#receivedBytes += bytes;
    this.#dataTick = connection.tick;
    if (this.expectedBytes >= 0 && this.#receivedBytes > this.expectedBytes) {
      // Before any of it reaches the owner: on a connection of HTTP/1.1 it would be another message.
      connection.receiveWindow.credit(bytes);
      connection.refuseStream(this, REFUSALS.bodyLength);
      return;
    }
    const part = bytes === chunk.length ? chunk : chunk.subarray(start, end);
    if (this.isPaused || this.#isDelivering) {
      (this.#held ??= new ByteQueue(false)).push(part);
      this.#wasHeld = true;
      connection.receiveWindow.hold(bytes);
    } else {
      connection.receiveWindow.credit(bytes);
      connection.touch(this);
      this.#deliver(part);
    }
  }

  /** The peer's side is complete. */
  receiveEnd(trailers: Trailers | undefined): void {
    if (this.expectedBytes >= 0 && this.#receivedBytes !== this.expectedBytes) {
      this.connection.refuseStream(this, REFUSALS.bodyLength);
      return;
    }
    this.isRemoteEnded = true;
    this.#trailers = trailers;
    // For the protocol it may be over here, though the owner has yet to take what is held.
    if (this.isLocalEnded) this.connection.remove(this);
    if (!this.isPaused && !this.#isDelivering && !this.#hasHeld) this.#deliverEnd();
  }

  get #hasHeld(): boolean {
    return this.#held !== undefined && this.#held.length > 0;
  }

  #deliver(part: Buffer): void {
    this.#isDelivering = true;
    const takesMore = this.deliverData(part);
    this.#isDelivering = false;
    if (!takesMore) this.isPaused = true;
    this.credit(part.length);
  }

  #deliverEnd(): void {
    this.#isEndDelivered = true;
    this.deliverEnd(this.#trailers);
  }

  /** The owner takes data again. */
  protected resume(): void {
    this.isPaused = false;
    if (this.#isDelivering) return;
    const hadData = this.#hasHeld;
    while (this.#hasHeld && !this.isPaused) {
      const part = (this.#held as ByteQueue).take(PIECE_BYTES);
      this.connection.receiveWindow.release(part.length);
      this.#deliver(part);
    }
    if (this.isRemoteEnded && !this.isPaused && !this.#isEndDelivered && !this.#hasHeld) this.#deliverEnd();
    else if (hadData) this.deliverFlush();
  }

  /** Bytes were taken, or were padding: the peer may send as many again. */
  credit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit < this.#target / 2 || this.isRemoteEnded || this.isClosed) return;
    if (!this.#wasHeld) this.#grow();
    this.#wasHeld = this.#hasHeld;
    this.#window += this.#credit;
    writeWindowUpdate(this.connection.output, this.id, this.#credit);
    this.#credit = 0;
  }

  /** The reader keeps up: more may be under way. */
  #grow(): void {
    const target = Math.min(this.#target * 2, this.connection.limits.maxStreamWindow);
    this.#credit += Math.max(0, target - this.#target);
    this.#target = Math.max(target, this.#target);
  }

  /** Nobody wants what has come. */
  protected dropReceived(): void {
    if (this.#held !== undefined) this.connection.receiveWindow.release(this.#held.length);
    this.#held = undefined;
    this.#isEndDelivered = true;
  }

  /** Lets go of everything that waits, in both directions. */
  drop(): void {
    this.dropPending();
    this.dropReceived();
  }

  // --- time ------------------------------------------------------------------------------------------------

  /** Called each tick: how long each side of it has stood still. */
  onTick(tick: number): H2Refusal | undefined {
    const { limits } = this.connection;
    if (!this.hasPending) this.blockedSince = -1;
    else if (this.blockedSince < 0) this.blockedSince = tick;
    else if (tick - this.blockedSince >= limits.blockedTicks) return REFUSALS.slowReader;
    // Where we do not take what comes, it is not the peer that is slow.
    if (this.isRemoteEnded || this.expectedBytes <= 0 || this.isPaused || this.#dataTick < 0)
      this.#dataTick = tick;
    else if (tick - this.#dataTick >= limits.bodyTicks) return REFUSALS.slowBody;
    return undefined;
  }
}
