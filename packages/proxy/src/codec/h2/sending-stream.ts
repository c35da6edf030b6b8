// The half of a stream that sends: data that has to wait for a window or the socket, and the end behind it.

import type { Trailers } from '../../stack/http.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Sender } from './sender.ts';

export abstract class SendingStream {
  /** 0 until the stream is opened on the wire. */
  id = 0;
  /** Over for the protocol: nothing is written for it any more. */
  isClosed = false;
  /** What the peer lets us send. */
  sendWindow: number;
  /** Data that could not be sent yet. Its sender was told to wait, so that it is one chunk at most. */
  pending: ByteQueue | undefined;
  /** The sender's line (sender.ts). */
  isWaiting = false;
  nextWaiting: SendingStream | undefined;
  /** Where the last frame's header is in the output, as long as that has this generation. */
  frameAt = 0;
  frameGeneration = -1;
  /** END_STREAM is written. */
  isLocalEnded = false;
  /** Tick at which it was first seen to wait; -1 while it does not. */
  blockedSince = -1;

  readonly #sender: Sender;
  #wantsDrain = false;
  #isEnding = false;
  #trailers: Trailers | undefined;

  constructor(sender: Sender, sendWindow: number) {
    this.#sender = sender;
    this.sendWindow = sendWindow;
  }

  /** More can be sent. */
  protected abstract onDrained(): void;
  /** END_STREAM is written. */
  protected abstract onLocalEnd(): void;

  get hasToWait(): boolean {
    return this.#wantsDrain || this.hasPending;
  }

  get hasPending(): boolean {
    return this.pending !== undefined && this.pending.length > 0;
  }

  /** No more data comes from our side, though some may wait. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  noteFrame(at: number, generation: number): void {
    this.frameAt = at;
    this.frameGeneration = generation;
  }

  /** false: `onDrained` says when there is room. */
  protected send(chunk: Buffer): boolean {
    if (this.isClosed || this.#isEnding) return true;
    const sent = this.hasPending ? 0 : this.#sender.send(this, chunk);
    if (sent < chunk.length) (this.pending ??= new ByteQueue(true)).push(chunk, sent);
    else if (this.#sender.canSend(this)) return true;
    this.#wantsDrain = true;
    this.#sender.wait(this);
    return false;
  }

  protected end(trailers: Trailers | undefined): void {
    if (this.isClosed || this.#isEnding) return;
    this.#isEnding = true;
    this.#wantsDrain = false;
    if (this.hasPending) this.#trailers = trailers;
    else this.#finish(trailers);
  }

  #finish(trailers: Trailers | undefined): void {
    this.#sender.end(this, trailers);
    this.isLocalEnded = true;
    this.onLocalEnd();
  }

  /** Called by the sender when nothing is pending and more could be sent. */
  onPendingSent(): void {
    if (this.#isEnding) {
      if (!this.isLocalEnded) this.#finish(this.#trailers);
    } else if (this.#wantsDrain) {
      this.#wantsDrain = false;
      this.onDrained();
    }
  }

  protected dropPending(): void {
    this.pending?.clear();
    this.pending = undefined;
    this.#wantsDrain = false;
  }
}
