// Cuts a connection's bytes into heads and bodies: shared by both sides of the codec.

import type { Trailers } from '../../stack/http.ts';
import { CR, LF, TOKEN } from '../characters.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { H1Limits } from './limits.ts';
import { type H1Refusal, REFUSALS } from './refusal.ts';

/** Gathers a head that comes in pieces; the usual head comes whole and is not copied. */
export class HeadGatherer {
  #held: Buffer | undefined;
  #length = 0;
  #limits: H1Limits;
  #beginning: string;
  /** Bytes of the chunk that the last head did not use; undefined: all were used. */
  rest: Buffer | undefined;

  /** `beginning`: what every head begins with, where that is known. */
  constructor(limits: H1Limits, beginning = '') {
    this.#limits = limits;
    this.#beginning = beginning;
  }

  /** Bytes of an unfinished head. */
  get heldBytes(): number {
    return this.#length;
  }

  /** Takes more bytes: the head's text with its last empty line, undefined while it is not complete, or a refusal. */
  take(chunk: Buffer): string | H1Refusal | undefined {
    this.rest = undefined;
    const before = this.#length;
    if (before === 0) {
      const end = chunk.indexOf('\r\n\r\n', 0, 'latin1') + 4;
      if (end >= 4) return this.#complete(chunk, end, chunk, end);
    }
    // Of what follows the head, a body or more requests, nothing counts against its limit.
    const held = this.#hold(chunk.subarray(0, this.#limits.headBytes - before));
    const end = held.indexOf('\r\n\r\n', Math.max(0, before - 3), 'latin1') + 4;
    if (end >= 4) {
      this.#length = 0;
      this.#held = undefined;
      return this.#complete(held, end, chunk, end - before);
    }
    if (before + chunk.length > this.#limits.headBytes) return this.#tooLarge(held);
    return this.#lineRefusal(held, before);
  }

  #complete(bytes: Buffer, end: number, chunk: Buffer, used: number): string | H1Refusal {
    if (end > this.#limits.headBytes) return this.#tooLarge(bytes);
    if (used < chunk.length) this.rest = chunk.subarray(used);
    return bytes.toString('latin1', 0, end);
  }

  /** Answers all that is held. Doubles its room, so that a head sent byte by byte costs its length and not its square. */
  #hold(part: Buffer): Buffer {
    const length = this.#length + part.length;
    if (this.#held === undefined || this.#held.length < length) {
      const grown = Buffer.allocUnsafe(Math.max(512, length * 2));
      this.#held?.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    part.copy(this.#held, this.#length);
    this.#length = length;
    return this.#held.subarray(0, length);
  }

  /** What can not become a head is refused at once; its sender would wait for an answer until it is timed out. */
  #lineRefusal(held: Buffer, from: number): H1Refusal | undefined {
    const beginning = held.toString('latin1', 0, Math.min(held.length, this.#beginning.length));
    if (!this.#beginning.startsWith(beginning)) return REFUSALS.startLine;
    if (TOKEN[held[0] as number] !== 1) return REFUSALS.startLine;
    for (let at = held.indexOf(LF, from); at >= 0; at = held.indexOf(LF, at + 1)) {
      if (held[at - 1] !== CR) return REFUSALS.lineEnd;
    }
    return undefined;
  }

  #tooLarge(head: Buffer): H1Refusal {
    const end = head.indexOf(LF);
    return end < 0 || end > this.#limits.startLineBytes ? REFUSALS.startLineTooLong : REFUSALS.headTooLarge;
  }
}

/** Reads one body after another; `remaining` counts down a Content-Length, chunked has its decoder. */
export class BodyReader {
  #kind: 'none' | 'length' | 'chunked' | 'until-close' = 'none';
  #remaining = 0;
  #decoder: ChunkedDecoder | undefined;
  #limits: H1Limits;

  constructor(limits: H1Limits) {
    this.#limits = limits;
  }

  /** `length` −1 without Content-Length. */
  begin(isChunked: boolean, length: number, isUntilClose: boolean): void {
    this.#decoder = undefined;
    if (isChunked) {
      this.#kind = 'chunked';
      this.#decoder = new ChunkedDecoder(this.#limits);
    } else if (length > 0) {
      this.#kind = 'length';
      this.#remaining = length;
    } else this.#kind = isUntilClose ? 'until-close' : 'none';
  }

  /** All bytes from here on, until the connection's end: a tunnel. */
  beginTunnel(): void {
    this.#decoder = undefined;
    this.#kind = 'until-close';
  }

  get isDone(): boolean {
    return this.#kind === 'none';
  }

  get isUntilClose(): boolean {
    return this.#kind === 'until-close';
  }

  /** Bytes still to come where that is known; Infinity where it is not. */
  get remaining(): number {
    return this.#kind === 'none' ? 0 : this.#kind === 'length' ? this.#remaining : Number.POSITIVE_INFINITY;
  }

  get refusal(): H1Refusal | undefined {
    return this.#decoder?.refusal;
  }

  get trailers(): Trailers | undefined {
    return this.#decoder?.trailers;
  }

  /** Reads from chunk[at, …); answers where it stopped. After it `isDone` or `refusal` may be set. */
  read(chunk: Buffer, at: number, take: (data: Buffer) => void): number {
    switch (this.#kind) {
      case 'none':
        return at;
      case 'length': {
        const end = Math.min(chunk.length, at + this.#remaining);
        this.#remaining -= end - at;
        if (this.#remaining === 0) this.#kind = 'none';
        if (end > at) take(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
        return end;
      }
      case 'chunked': {
        const decoder = this.#decoder as ChunkedDecoder;
        const end = decoder.decode(chunk, at, take);
        if (decoder.isDone) this.#kind = 'none';
        return end;
      }
      case 'until-close':
        if (at < chunk.length) take(at === 0 ? chunk : chunk.subarray(at));
        return chunk.length;
    }
  }

  /** A body that was cut short or is over: the next one begins anew. */
  reset(): void {
    this.#kind = 'none';
    this.#decoder = undefined;
  }
}
