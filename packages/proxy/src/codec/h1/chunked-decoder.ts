// Decodes the chunked transfer coding (RFC 9112 section 7.1): data slices go out as they come, nothing is gathered.

import type { Trailers } from '../../stack/http.ts';
import { KNOWN } from '../../stack/known-header.ts';
import { CR, FIELD_VALUE, HEX, LF, TOKEN } from '../characters.ts';
import { H1Head } from './head.ts';
import type { H1Limits } from './limits.ts';
import { parseFields } from './parse-head.ts';
import { type H1Refusal, REFUSALS } from './refusal.ts';

/** Where in the coding the next byte is. */
type State =
  | 'size'
  | 'extension-name'
  | 'extension-value'
  | 'extension-quoted'
  | 'extension-escape'
  | 'extension-end'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer'
  | 'done';

/** Fields that frame, route, authenticate or change a message are no use after its body (RFC 9110 6.5.1). */
const FORBIDDEN_IN_TRAILERS = new Set([
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'set-cookie',
  'te',
  'trailer',
  'upgrade',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

const FRAMING = (1 << KNOWN['content-length']) | (1 << KNOWN['transfer-encoding']);

/** More digits than a safe integer can have. */
const MAX_SIZE_DIGITS = 13;
const SEMICOLON = 59;
const EQUALS = 61;
const QUOTE = 34;
const BACKSLASH = 92;

export class ChunkedDecoder {
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #lineBytes = 0;
  /** Bytes of the name or value that the extension is in. */
  #partBytes = 0;
  #trailerText = '';
  #limits: H1Limits;
  trailers: Trailers | undefined;
  refusal: H1Refusal | undefined;

  constructor(limits: H1Limits) {
    this.#limits = limits;
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /**
   * Reads chunk[at, …) and gives what is data to `take`. Answers where it stopped: the chunk's end, the byte after
   * the message (isDone), or anywhere with `refusal` set.
   */
  decode(chunk: Buffer, at: number, take: (data: Buffer) => void): number {
    while (at < chunk.length && this.refusal === undefined) {
      switch (this.#state) {
        case 'data': {
          const end = Math.min(chunk.length, at + this.#size);
          take(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
          this.#size -= end - at;
          at = end;
          if (this.#size === 0) this.#state = 'data-cr';
          break;
        }
        case 'trailer':
          at = this.#readTrailer(chunk, at);
          break;
        case 'done':
          return at;
        default:
          this.#readByte(chunk[at++] as number);
      }
    }
    return at;
  }

  #readByte(byte: number): void {
    switch (this.#state) {
      case 'size': {
        const digit = HEX[byte] as number;
        if (digit < 16) {
          if (++this.#digits > MAX_SIZE_DIGITS) this.refusal = REFUSALS.chunk;
          this.#size = this.#size * 16 + digit;
        } else if (this.#digits === 0) this.refusal = REFUSALS.chunk;
        else if (byte === CR) this.#state = 'size-lf';
        else if (byte === SEMICOLON) this.#beginPart('extension-name');
        else this.refusal = REFUSALS.chunk;
        break;
      }
      case 'size-lf':
        if (byte !== LF) this.refusal = REFUSALS.chunk;
        this.#state = this.#size === 0 ? 'trailer' : 'data';
        break;
      case 'data-cr':
        if (byte !== CR) this.refusal = REFUSALS.chunk;
        this.#state = 'data-lf';
        break;
      case 'data-lf':
        if (byte !== LF) this.refusal = REFUSALS.chunk;
        this.#state = 'size';
        this.#digits = 0;
        this.#lineBytes = 0;
        break;
      default:
        this.#readExtension(byte);
    }
  }

  /**
   * `;name`, `;name=token` or `;name="text"` (RFC 9112 7.1.1). Extensions mean nothing to us and are dropped, and yet
   * have to be well-formed: whoever reads their end elsewhere than we do reads another body.
   */
  #readExtension(byte: number): void {
    if (++this.#lineBytes > this.#limits.chunkLineBytes) {
      this.refusal = REFUSALS.chunkLineTooLong;
      return;
    }
    switch (this.#state) {
      case 'extension-name':
      case 'extension-value':
        if (TOKEN[byte] === 1) this.#partBytes++;
        else if (byte === QUOTE && this.#state === 'extension-value' && this.#partBytes === 0)
          this.#state = 'extension-quoted';
        else if (byte === EQUALS && this.#state === 'extension-name' && this.#partBytes > 0)
          this.#beginPart('extension-value');
        else if (this.#partBytes > 0) this.#endExtension(byte);
        else this.refusal = REFUSALS.chunk;
        break;
      case 'extension-quoted':
        if (byte === QUOTE) this.#state = 'extension-end';
        else if (byte === BACKSLASH) this.#state = 'extension-escape';
        else if (FIELD_VALUE[byte] !== 1) this.refusal = REFUSALS.chunk;
        break;
      case 'extension-escape':
        if (FIELD_VALUE[byte] !== 1) this.refusal = REFUSALS.chunk;
        this.#state = 'extension-quoted';
        break;
      case 'extension-end':
        this.#endExtension(byte);
        break;
      default:
        throw new Error(`no byte is read in state ${this.#state}`);
    }
  }

  #beginPart(state: 'extension-name' | 'extension-value'): void {
    this.#state = state;
    this.#partBytes = 0;
  }

  #endExtension(byte: number): void {
    if (byte === CR) this.#state = 'size-lf';
    else if (byte === SEMICOLON) this.#beginPart('extension-name');
    else this.refusal = REFUSALS.chunk;
  }

  /** Gathers the trailer section up to its empty line. */
  #readTrailer(chunk: Buffer, at: number): number {
    const before = this.#trailerText.length;
    const limit = this.#limits.trailerBytes;
    const text = this.#trailerText + chunk.toString('latin1', at, Math.min(chunk.length, at + limit + 4));
    const end = text.startsWith('\r\n') ? 2 : text.indexOf('\r\n\r\n', Math.max(0, before - 3)) + 4;
    const isComplete = end !== 3;
    if (text.length > limit && !(isComplete && end <= limit)) {
      this.refusal = REFUSALS.trailerTooLarge;
      return chunk.length;
    }
    if (!isComplete) {
      this.#trailerText = text;
      return chunk.length;
    }
    if (end > 2) this.#parseTrailers(text.slice(0, end));
    this.#state = 'done';
    return at + end - before;
  }

  #parseTrailers(text: string): void {
    const head = new H1Head();
    head.reset(text);
    this.refusal = parseFields(head, 0, this.#limits);
    if (this.refusal !== undefined) return;
    // Whoever heeded it would read another message.
    if ((head.present & FRAMING) !== 0) {
      this.refusal = REFUSALS.trailerFraming;
      return;
    }
    const trailers: [string, string][] = [];
    for (let line = 0; line < head.count; line++) {
      const isInternal = head.id(line) === KNOWN['x-mesh-internal'];
      if (!isInternal && !FORBIDDEN_IN_TRAILERS.has(head.name(line)))
        trailers.push([head.name(line), head.value(line)]);
    }
    this.trailers = trailers;
  }
}
