// A header section as it is decoded: flat arrays of names, values and ids, and what RFC 9113 8.2 demands of every
// field. What requests and responses demand beside that is in their heads.

import { KNOWN } from '../../stack/known-header.ts';
import { MALFORMED } from './hpack/pseudo.ts';
import type { H2Limits } from './limits.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';

/** Fields about the connection, which HTTP/2 does not have (RFC 9113 8.2.2). TE may say one thing. */
const FORBIDDEN_MASK =
  (1 << KNOWN.connection) |
  (1 << KNOWN['keep-alive']) |
  (1 << KNOWN['proxy-connection']) |
  (1 << KNOWN['transfer-encoding']) |
  (1 << KNOWN.upgrade);
/** Those that are looked at one by one; any other is only noted. */
const CHECKED_MASK = FORBIDDEN_MASK | (1 << KNOWN.te) | (1 << KNOWN['content-length']);

export abstract class FieldSection {
  readonly names: string[] = [];
  readonly values: string[] = [];
  readonly ids: number[] = [];
  /** Bit set of the KNOWN ids that occur. */
  present = 0;
  /** Declared body length; -1 where there is none. */
  contentLength = -1;
  /** The first thing that was wrong. */
  refusal: H2Refusal | undefined;
  /** Names that are never to be remembered by compression (RFC 7541 7.1.3); mostly none. */
  sensitive: Set<string> | undefined;
  /** Name + value + 32 over all fields, kept or not (RFC 9113 6.5.2). */
  #bytes = 0;
  #hasRegular = false;
  #cookie = -1;

  /** Takes a field from the decoder, as its sink. */
  take(name: string, value: string, id: number, isSensitive: boolean, size: number, limits: H2Limits): void {
    this.#bytes += size;
    // Nothing more is kept, but the decoder goes on: its table has to stay in step with the peer's.
    if (this.refusal !== undefined) return;
    if (this.#bytes > limits.headerListBytes) this.refusal = REFUSALS.headTooLarge;
    else if (this.names.length >= limits.headerCount) this.refusal = REFUSALS.tooManyHeaders;
    else if (id === MALFORMED) this.refusal = REFUSALS.field;
    else if (id >= 32) {
      if (this.#hasRegular || !this.takePseudo(id, value)) this.refusal ??= REFUSALS.pseudo;
    } else {
      this.#hasRegular = true;
      if (isSensitive) (this.sensitive ??= new Set()).add(name);
      if (id !== 0 && ((1 << id) & CHECKED_MASK) !== 0) this.refusal = this.#check(id, value);
      if (id === 0 && name === 'cookie') this.#takeCookie(value);
      else this.add(name, value, id);
    }
  }

  /** Whether the pseudo-header belongs here. */
  protected abstract takePseudo(id: number, value: string): boolean;

  protected add(name: string, value: string, id: number): void {
    this.names.push(name);
    this.values.push(value);
    this.ids.push(id);
    this.present |= 1 << id;
  }

  #check(id: number, value: string): H2Refusal | undefined {
    if (((1 << id) & FORBIDDEN_MASK) !== 0) return REFUSALS.connectionField;
    if (id === KNOWN.te) return value.toLowerCase() === 'trailers' ? undefined : REFUSALS.connectionField;
    // A repeated length, even an equal one, is how requests are smuggled on the next hop (RFC 9112 6.3).
    if (this.contentLength >= 0) return REFUSALS.contentLength;
    this.contentLength = decimal(value);
    return this.contentLength < 0 ? REFUSALS.contentLength : undefined;
  }

  /** Crumbs become one line again, for whatever is not HTTP/2 (RFC 9113 8.2.3). */
  #takeCookie(value: string): void {
    if (this.#cookie >= 0) this.values[this.#cookie] += `; ${value}`;
    else {
      this.#cookie = this.names.length;
      this.add('cookie', value, 0);
    }
  }

  /** Value of the first line with this KNOWN id. */
  known(id: number): string | undefined {
    return (this.present & (1 << id)) === 0 ? undefined : this.values[this.ids.indexOf(id)];
  }
}

/** 0 … 15 digits, or -1. */
function decimal(value: string): number {
  if (value.length === 0 || value.length > 15) return -1;
  let number = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
