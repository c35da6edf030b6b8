// One HTTP/2 connection, whichever side we are: keeps its streams, its limits and its clock, and ends it.
//
//   socket ─▶ FrameReader ─▶ FrameHandler ─▶ H2Stream ─▶ its owner
//   socket ◀─ Output ◀─ HeadWriter, Sender, control frames ◀─ H2Stream ◀─ its owner
//
// The server's and the client's connection say what a header section opens or answers.

import type { Socket } from 'node:net';
import { Budget } from './budget.ts';
import { ClosedStreams } from './closed-streams.ts';
import { writeGoaway, writeReset } from './control-frames.ts';
import type { FieldSection } from './field-section.ts';
import { FrameHandler } from './frame-handler.ts';
import { HeadWriter } from './head-writer.ts';
import type { H2Limits } from './limits.ts';
import { Liveness } from './liveness.ts';
import { Output } from './output.ts';
import { PeerSettings } from './peer-settings.ts';
import { ReceiveWindow } from './receive-window.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';
import { Sender } from './sender.ts';
import type { H2Stream } from './stream.ts';

/** What a connection that we have ended may still take to read what it was told, before it is destroyed. */
const LINGER_MS = 1_000;
/** The same for one that has yet to take what it asked for. */
const MAX_LINGER_MS = 60_000;
/** What DATA that we send earns: the window updates that answer it (budget.ts). */
const EARNED_BY_SENT = 4;

export abstract class H2Connection {
  readonly socket: Socket;
  readonly limits: H2Limits;
  readonly output: Output;
  readonly heads: HeadWriter;
  readonly sender: Sender;
  readonly receiveWindow: ReceiveWindow;
  readonly peer = new PeerSettings();
  readonly streams = new Map<number, H2Stream>();
  /** The last tick that was told. */
  tick = 0;
  /** Read events so far. */
  reads = 0;
  /** Nothing is read any more: the connection is broken, or the socket is gone. */
  isOver = false;

  /** No stream is opened any more; when the last one is over, the connection ends. */
  protected isClosing = false;
  /** Of the streams that the peer opens. */
  protected lastPeerStreamId = 0;

  readonly #handler: FrameHandler;
  readonly #closed = new ClosedStreams();
  readonly #frames: Budget;
  readonly #resets: Budget;
  readonly #liveness: Liveness;
  #framesSent = 0;
  #touched: H2Stream[] = [];
  #isPaused = false;
  #lingerTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, limits: H2Limits) {
    this.socket = socket;
    this.limits = limits;
    this.output = new Output(socket);
    this.heads = new HeadWriter(this.output);
    this.sender = new Sender(this.output, this.heads);
    this.receiveWindow = new ReceiveWindow(this.output, limits);
    this.#handler = new FrameHandler(this);
    this.#frames = new Budget(limits.idleFrames, limits.idleFramesPerTick);
    this.#resets = new Budget(limits.resets, limits.resetsPerTick);
    this.#liveness = new Liveness(limits, this.output);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', ignoreError);
    socket.on('close', this.#onClose);
    // Listeners hand sockets over paused, so that no byte is lost before someone listens.
    socket.resume();
  }

  get activeStreams(): number {
    return this.streams.size;
  }

  // --- what the two sides do differently --------------------------------------------------------------------

  /** Looks at what comes before frames; answers where they begin. */
  protected abstract readPreface(chunk: Buffer): number;
  /** Where a header section on this stream goes; undefined: it is decoded and dropped. */
  abstract beginSection(streamId: number, isEnd: boolean): FieldSection | undefined;
  /** It is complete; `section` has all that was wrong with it. */
  abstract endSection(section: FieldSection, streamId: number, isEnd: boolean): void;
  /** Whether nobody has opened this stream yet. */
  abstract isIdle(streamId: number): boolean;
  abstract onSettings(): void;
  abstract onGoaway(lastStreamId: number): void;
  abstract onPong(): void;
  /** A stream is over. */
  protected abstract onRemoved(): void;
  /** The peer broke the protocol for all streams. */
  protected abstract onBrokenConnection(refusal: H2Refusal): void;
  protected abstract onSocketClosed(): void;
  /** The connection has been idle for long, or has lived for long enough. */
  protected abstract onOverdue(what: 'idle' | 'lifetime'): void;
  /**
   * A server stops reading while its answers pile up, and answers a client that has closed its side. A client does
   * neither: with its server doing the same they would wait for each other, and nothing comes behind a server's end.
   */
  protected abstract readonly isServer: boolean;

  // --- reading ---------------------------------------------------------------------------------------------

  #onData = (chunk: Buffer): void => {
    if (this.isOver) return;
    this.reads++;
    this.#liveness.onRead();
    const start = this.readPreface(chunk);
    if (start < chunk.length) this.#handler.read(chunk, start);
    this.#flushTouched();
    this.#earnForSent();
    if (this.output.queuedBytes > this.limits.outputBytes) this.#onOutputFull();
  };

  /** Data was handed to the stream's owner in this read event. */
  touch(stream: H2Stream): void {
    if (stream.isTouched) return;
    stream.isTouched = true;
    this.#touched.push(stream);
  }

  #flushTouched(): void {
    const touched = this.#touched;
    if (touched.length === 0) return;
    for (const stream of touched) {
      stream.isTouched = false;
      stream.deliverFlush();
    }
    touched.length = 0;
  }

  #onOutputFull(): void {
    if (this.output.queuedBytes > this.limits.maxOutputBytes) this.fail(REFUSALS.outputFlood);
    else if (this.isServer) {
      this.#isPaused = true;
      this.socket.pause();
    }
  }

  #onDrain = (): void => {
    this.output.onDrain();
    if (this.#isPaused && this.output.queuedBytes <= this.limits.outputBytes) {
      this.#isPaused = false;
      this.socket.resume();
    }
    this.sender.pump();
  };

  // --- limits ----------------------------------------------------------------------------------------------

  /** Frames came that move nothing. */
  spendFrames(amount: number): void {
    if (!this.#frames.spend(amount)) this.fail(REFUSALS.frameFlood);
  }

  earnFrames(amount: number): void {
    this.#frames.earn(amount);
  }

  #earnForSent(): void {
    const { frames } = this.sender;
    if (frames === this.#framesSent) return;
    this.#frames.earn((frames - this.#framesSent) * EARNED_BY_SENT);
    this.#framesSent = frames;
  }

  /** A stream ends before it is complete, by what the peer sent. */
  spendReset(): void {
    if (!this.#resets.spend(1)) this.fail(REFUSALS.resetFlood);
  }

  // --- streams ---------------------------------------------------------------------------------------------

  protected add(stream: H2Stream): void {
    this.streams.set(stream.id, stream);
  }

  /** Both sides are complete. */
  remove(stream: H2Stream): void {
    if (stream.isClosed) return;
    this.#detach(stream);
    this.#resets.earn(1);
    this.#afterRemoval();
  }

  /** The peer gave the stream up. */
  removeReset(stream: H2Stream, code: number): void {
    this.#detach(stream);
    stream.onPeerReset(code);
    this.#afterRemoval();
  }

  /** Ends the stream before it is complete, for a reason of our own. */
  reset(stream: H2Stream, code: number): void {
    if (stream.isClosed) return;
    this.#detach(stream);
    stream.drop();
    if (stream.id === 0) return;
    this.#writeReset(stream.id, code);
    this.#afterRemoval();
  }

  /** The same, because of what the peer sent: that may be its way to make us work for nothing (CVE-2025-8671). */
  refuseStream(stream: H2Stream, refusal: H2Refusal): void {
    if (stream.isClosed) return;
    this.spendReset();
    if (this.isOver) return;
    this.reset(stream, refusal.code);
    stream.onRefused(refusal);
  }

  /** The same for one that is no stream, or none any more. */
  refuseId(streamId: number, code: number): void {
    this.#writeReset(streamId, code);
    this.spendReset();
  }

  #writeReset(streamId: number, code: number): void {
    this.#closed.add(streamId);
    writeReset(this.output, streamId, code);
  }

  /** What comes on it may have been sent before the peer knew. */
  wasResetByUs(streamId: number): boolean {
    return this.#closed.has(streamId);
  }

  #detach(stream: H2Stream): void {
    stream.isClosed = true;
    this.streams.delete(stream.id);
  }

  #afterRemoval(): void {
    this.onRemoved();
    this.endIfDone();
  }

  // --- the end ---------------------------------------------------------------------------------------------

  /** After the last stream of a connection that takes no more. */
  protected endIfDone(): void {
    if (this.isClosing && this.activeStreams === 0 && !this.isOver) this.#finish(MAX_LINGER_MS);
  }

  /** The peer broke the protocol, or asks for too much: all streams end with the connection. */
  fail(refusal: H2Refusal): void {
    if (this.isOver) return;
    writeGoaway(this.output, this.lastPeerStreamId, refusal.code, refusal.message);
    this.#finish(LINGER_MS);
    this.#loseStreams(refusal);
    this.onBrokenConnection(refusal);
  }

  #loseStreams(refusal: H2Refusal | undefined): void {
    const lost = [...this.streams.values()];
    this.streams.clear();
    for (const stream of lost) this.#lose(stream, refusal);
  }

  #lose(stream: H2Stream, refusal: H2Refusal | undefined): void {
    this.#detach(stream);
    stream.onLost(refusal);
  }

  /** Sends what is left, and lets the peer read it before the socket goes: unread bytes would reset the connection. */
  #finish(lingerMs: number): void {
    this.isOver = true;
    this.#handler.stop();
    const { socket } = this;
    this.output.flush();
    if (this.#isPaused) socket.resume();
    this.#destroyAfter(lingerMs);
    socket.end(() => this.#destroyAfter(LINGER_MS));
  }

  #destroyAfter(ms: number): void {
    clearTimeout(this.#lingerTimer);
    if (!this.socket.destroyed) this.#lingerTimer = setTimeout(() => this.socket.destroy(), ms);
  }

  /** The peer sends nothing more. What it has asked for completely it still gets. */
  #onEnd = (): void => {
    if (this.isOver) {
      this.socket.destroySoon();
      return;
    }
    this.isClosing = true;
    for (const stream of this.streams.values()) {
      if (!this.isServer || !stream.isRemoteEnded) this.#lose(stream, undefined);
    }
    this.endIfDone();
  };

  #onClose = (): void => {
    this.isOver = true;
    this.isClosing = true;
    clearTimeout(this.#lingerTimer);
    this.#loseStreams(undefined);
    this.onSocketClosed();
  };

  // --- time ------------------------------------------------------------------------------------------------

  /** Every 250 ms (transport/ticker.ts), while the connection is open. */
  onTick(tick: number): void {
    this.tick = tick;
    if (this.isOver) return;
    this.#frames.onTick();
    this.#resets.onTick();
    for (const stream of this.streams.values()) {
      const refusal = stream.onTick(tick);
      if (refusal !== undefined) this.refuseStream(stream, refusal);
    }
    if (this.isOver) return;
    const overdue = this.#liveness.onTick(
      tick,
      this.peer.isKnown,
      this.#handler.isPartial,
      this.activeStreams,
    );
    if (overdue === 'idle' || overdue === 'lifetime') this.onOverdue(overdue);
    else if (overdue !== undefined) this.fail(overdue);
  }
}

function ignoreError(): void {
  // `close` follows and says all that we need.
}
