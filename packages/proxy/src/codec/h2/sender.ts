// Sends the data of all streams of a connection: within the windows of each and of all, and while the socket takes
// it. Streams that have to wait take turns, a frame each, so that a large body does not keep a small one waiting.

import type { Trailers } from '../../stack/http.ts';
import { DEFAULT_WINDOW, FLAG, FRAME, FRAME_HEADER_BYTES, MAX_31, MIN_MAX_FRAME_SIZE } from './frame.ts';
import type { HeadWriter } from './head-writer.ts';
import type { Output } from './output.ts';
import type { SendingStream } from './sending-stream.ts';

export class Sender {
  readonly #output: Output;
  readonly #heads: HeadWriter;
  /** What may be sent on all streams together. */
  #window = DEFAULT_WINDOW;
  /** Streams that wait, linked by `nextWaiting`. */
  #first: SendingStream | undefined;
  #last: SendingStream | undefined;
  /** DATA frames sent; each may be answered by window updates (budget.ts). */
  frames = 0;

  constructor(output: Output, heads: HeadWriter) {
    this.#output = output;
    this.#heads = heads;
  }

  /** Whether more of this stream's data would go out at once. */
  canSend(stream: SendingStream): boolean {
    return stream.sendWindow > 0 && this.#window > 0 && !this.#output.needsDrain && this.#first === undefined;
  }

  /** Writes what may go out of a chunk; answers how many bytes. */
  send(stream: SendingStream, chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.canSend(stream)) at += this.#frame(stream, chunk, at);
    return at;
  }

  #frame(stream: SendingStream, chunk: Buffer, from: number): number {
    const output = this.#output;
    const bytes = Math.min(chunk.length - from, MIN_MAX_FRAME_SIZE, stream.sendWindow, this.#window);
    output.reserve(FRAME_HEADER_BYTES + bytes);
    stream.noteFrame(output.at, output.generation);
    output.frameHeader(bytes, FRAME.data, 0, stream.id);
    chunk.copy(output.buffer, output.at, from, from + bytes);
    output.at += bytes;
    this.#window -= bytes;
    stream.sendWindow -= bytes;
    this.frames++;
    return bytes;
  }

  /** Says that the stream sends nothing more: on its last frame if that has not gone out yet. */
  end(stream: SendingStream, trailers: Trailers | undefined): void {
    const output = this.#output;
    if (trailers !== undefined && trailers.length > 0) {
      this.#heads.begin();
      for (const [name, value] of trailers) this.#heads.field(name, value, 0);
      this.#heads.end(stream.id, FLAG.endStream);
    } else if (stream.frameGeneration === output.generation) {
      const flags = stream.frameAt + 4;
      output.buffer[flags] = (output.buffer[flags] as number) | FLAG.endStream;
    } else {
      output.reserve(FRAME_HEADER_BYTES);
      output.frameHeader(0, FRAME.data, FLAG.endStream, stream.id);
    }
  }

  /**
   * The stream has data that could not go out, or wants to know when more can. One whose own window is closed stands
   * in nobody's way: it lines up when that opens.
   */
  wait(stream: SendingStream): void {
    if (stream.isWaiting || stream.sendWindow <= 0) return;
    stream.isWaiting = true;
    if (this.#last === undefined) this.#first = stream;
    else this.#last.nextWaiting = stream;
    this.#last = stream;
  }

  #next(): SendingStream | undefined {
    const stream = this.#first;
    if (stream === undefined) return undefined;
    this.#first = stream.nextWaiting;
    if (this.#first === undefined) this.#last = undefined;
    stream.nextWaiting = undefined;
    stream.isWaiting = false;
    return stream;
  }

  /** Sends what can be sent now: the socket has drained, or a window has opened. */
  pump(): void {
    while (this.#first !== undefined && this.#window > 0 && !this.#output.needsDrain) {
      const stream = this.#next() as SendingStream;
      const { pending } = stream;
      // A setting may have closed its window in the meantime.
      if (stream.isClosed || stream.sendWindow <= 0) continue;
      if (pending !== undefined && pending.length > 0) {
        const chunk = pending.take(Math.min(MIN_MAX_FRAME_SIZE, stream.sendWindow, this.#window));
        this.#frame(stream, chunk, 0);
      }
      if (pending !== undefined && pending.length > 0) this.wait(stream);
      else stream.onPendingSent();
    }
  }

  /** RFC 9113 6.9.1: the connection's window opens; false if it would be too large. */
  openWindow(increment: number): boolean {
    if (this.#window + increment > MAX_31) return false;
    this.#window += increment;
    this.pump();
    return true;
  }

  /** The same for a stream; by settings it may be less than nothing (6.9.2). */
  openStreamWindow(stream: SendingStream, increment: number): boolean {
    if (stream.sendWindow + increment > MAX_31) return false;
    stream.sendWindow += increment;
    if (stream.sendWindow > 0 && stream.hasToWait) {
      this.wait(stream);
      this.pump();
    }
    return true;
  }
}
