// Decodes header blocks (RFC 7541 section 6). One for each connection and direction; after an error it is of no use.

import { FIELD_VALUE, SP, TAB } from '../../characters.ts';
import { DynamicTable } from './dynamic-table.ts';
import { type FieldName, fieldName } from './field-name.ts';
import { HpackError } from './hpack-error.ts';
import { decodedBound, decodeHuffman } from './huffman-decode.ts';
import { DEFAULT_TABLE_SIZE, ENTRY_OVERHEAD, MAX_INTEGER, MAX_INTEGER_BYTES } from './limits.ts';
import { LiteralCache } from './literal-cache.ts';
import { MALFORMED } from './pseudo.ts';
import { FIRST_DYNAMIC_INDEX, STATIC_TABLE } from './static-table.ts';

/**
 * Takes the fields of a block in order. `id`: the name's in KNOWN or PSEUDO, MALFORMED for a field that RFC 9113 8.2.1
 * forbids, or 0. `isSensitive`: the sender had it never indexed, and so must we (RFC 7541 7.1.3). `size`: RFC 9113
 * 6.5.2. Whoever wants no more of a block returns at once: the rest has to be decoded, or the tables are out of step.
 */
export type HeaderFieldSink = (
  name: string,
  value: string,
  id: number,
  isSensitive: boolean,
  size: number,
) => void;

interface DecodedField {
  readonly name: FieldName;
  readonly value: string;
  /** The name's, or MALFORMED because of the value. */
  readonly id: number;
  readonly size: number;
}

const NAMES = new LiteralCache<FieldName>(256);
const VALUES = new LiteralCache<string>(512);

/** Where Huffman strings are decoded to; longer ones get a buffer of their own that is not kept. */
const SCRATCH = Buffer.allocUnsafeSlow(16 * 1024);

/** Values up to this length, such as those of content-length, repeat whatever their name. */
const SHORT_VALUE = 8;

export class HpackDecoder {
  readonly #table = new DynamicTable<DecodedField>(DEFAULT_TABLE_SIZE);
  /** The largest size that the peer may give its table. */
  #maxTableSize: number;
  /** The peer has to make its table smaller with the next block (4.2). */
  #mustShrink = false;
  #block: Buffer = SCRATCH;
  #end = 0;
  /** The next byte to read, and where the last string began. */
  #at = 0;
  #start = 0;
  /** Of the last value: RFC 9113 8.2.1 forbids it. */
  #isMalformed = false;

  /**
   * `maxTableSize`: the SETTINGS_HEADER_TABLE_SIZE that we announce with our first SETTINGS. Until the peer has
   * acknowledged them its table has the default size, so a smaller one is for `setMaxTableSize` then.
   */
  constructor(maxTableSize: number) {
    this.#maxTableSize = Math.max(maxTableSize, DEFAULT_TABLE_SIZE);
  }

  /** The peer has acknowledged SETTINGS with this SETTINGS_HEADER_TABLE_SIZE. */
  setMaxTableSize(size: number): void {
    this.#maxTableSize = size;
    if (size < this.#table.capacity) this.#mustShrink = true;
  }

  /** Decodes one complete header block. Throws HpackError. */
  decode(block: Buffer, start: number, end: number, sink: HeaderFieldSink): void {
    this.#block = block;
    this.#at = start;
    this.#end = end;
    this.#readSizeUpdates();
    while (this.#at < end) {
      const first = block[this.#at++] as number;
      if (first >= 0x80) this.#indexed(first, sink);
      else if (first >= 0x40) this.#literalToIndex(first, sink);
      else if (first < 0x20) this.#literal(first, sink);
      else throw new HpackError('a table size update comes after a field');
    }
    this.#block = SCRATCH;
  }

  /** 6.1 */
  #indexed(first: number, sink: HeaderFieldSink): void {
    const index = first < 0xff ? first & 0x7f : this.#integer(0x7f);
    if (index < FIRST_DYNAMIC_INDEX) {
      const field = STATIC_TABLE[index - 1];
      if (field === undefined) throw new HpackError('index 0 means no field');
      sink(
        field.name.text,
        field.value,
        field.name.id,
        false,
        field.name.text.length + field.value.length + ENTRY_OVERHEAD,
      );
    } else {
      const field = this.#table.at(index - FIRST_DYNAMIC_INDEX);
      if (field === undefined) throw noEntry(index);
      sink(field.name.text, field.value, field.id, false, field.size);
    }
  }

  /** 6.2.1 */
  #literalToIndex(first: number, sink: HeaderFieldSink): void {
    const name = this.#name(first < 0x7f ? first & 0x3f : this.#integer(0x3f));
    const value = this.#value(name);
    const id = this.#isMalformed ? MALFORMED : name.id;
    const size = name.text.length + value.length + ENTRY_OVERHEAD;
    this.#table.add({ name, value, id, size });
    sink(name.text, value, id, false, size);
  }

  /** 6.2.2 and 6.2.3 */
  #literal(first: number, sink: HeaderFieldSink): void {
    const prefix = first & 0x0f;
    const name = this.#name(prefix < 0x0f ? prefix : this.#integer(0x0f));
    const value = this.#value(name);
    const id = this.#isMalformed ? MALFORMED : name.id;
    sink(name.text, value, id, first >= 0x10, name.text.length + value.length + ENTRY_OVERHEAD);
  }

  /** 6.3; only at the beginning of a block (4.2). */
  #readSizeUpdates(): void {
    while (this.#at < this.#end) {
      const first = this.#block[this.#at] as number;
      if (first < 0x20 || first >= 0x40) break;
      this.#at++;
      const size = first < 0x3f ? first & 0x1f : this.#integer(0x1f);
      if (size > this.#maxTableSize)
        throw new HpackError(`a table of ${size} bytes, above the ${this.#maxTableSize} that were announced`);
      this.#table.resize(size);
      this.#mustShrink = false;
    }
    // RFC 9113 4.3.1
    if (this.#mustShrink)
      throw new HpackError(
        `the table was not made smaller, though ${this.#maxTableSize} bytes were announced`,
      );
  }

  #name(index: number): FieldName {
    if (index === 0) return this.#literalName();
    if (index < FIRST_DYNAMIC_INDEX) return (STATIC_TABLE[index - 1] as (typeof STATIC_TABLE)[0]).name;
    const field = this.#table.at(index - FIRST_DYNAMIC_INDEX);
    if (field === undefined) throw noEntry(index);
    return field.name;
  }

  #literalName(): FieldName {
    const isHuffman = this.#readString();
    const start = this.#start;
    const kept = NAMES.find(this.#block, start, this.#at, isHuffman);
    if (kept !== undefined) return kept;
    const name = fieldName(this.#text(isHuffman));
    NAMES.keep(this.#block, start, this.#at, name);
    return name;
  }

  #value(name: FieldName): string {
    const isHuffman = this.#readString();
    const start = this.#start;
    const end = this.#at;
    this.#isMalformed = false;
    if (start === end) return '';
    // What is secret stays out of what connections share; what comes once is not worth a place there.
    const isKept = name.indexing === 'repeats' || (name.indexing === 'unique' && end - start <= SHORT_VALUE);
    if (isKept) {
      const kept = VALUES.find(this.#block, start, end, isHuffman);
      if (kept !== undefined) return kept;
    }
    const value = this.#text(isHuffman);
    if (!isFieldValue(value)) this.#isMalformed = true;
    else if (isKept) VALUES.keep(this.#block, start, end, value);
    return value;
  }

  /** Reads over a string (5.2): its bytes are block[#start, #at) then. Answers whether they are Huffman code. */
  #readString(): boolean {
    if (this.#at >= this.#end) throw truncated();
    const first = this.#block[this.#at++] as number;
    const prefix = first & 0x7f;
    const length = prefix < 0x7f ? prefix : this.#integer(0x7f);
    if (length > this.#end - this.#at) throw truncated();
    this.#start = this.#at;
    this.#at += length;
    return first >= 0x80;
  }

  #text(isHuffman: boolean): string {
    const start = this.#start;
    const end = this.#at;
    if (!isHuffman) return this.#block.toString('latin1', start, end);
    const bound = decodedBound(end - start);
    const target = bound <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafeSlow(bound);
    return target.toString('latin1', 0, decodeHuffman(this.#block, start, end, target));
  }

  /** What follows a prefix whose bits are all 1 (5.1). */
  #integer(prefix: number): number {
    let value = prefix;
    for (let i = 0; i < MAX_INTEGER_BYTES; i++) {
      if (this.#at >= this.#end) throw truncated();
      const byte = this.#block[this.#at++] as number;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        if (value > MAX_INTEGER) throw new HpackError(`an integer of ${value}, above ${MAX_INTEGER}`);
        return value;
      }
    }
    throw new HpackError(`an integer of more than ${MAX_INTEGER_BYTES} bytes`);
  }
}

/** RFC 9113 8.2.1, and none of the other controls that RFC 9110 5.5 forbids: they are trouble in HTTP/1.1. */
function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (FIELD_VALUE[value.charCodeAt(i)] !== 1) return false;
  return !isSpace(value.charCodeAt(0)) && !isSpace(value.charCodeAt(value.length - 1));
}

function isSpace(code: number): boolean {
  return code === SP || code === TAB;
}

function truncated(): HpackError {
  return new HpackError('the header block ends within a field');
}

function noEntry(index: number): HpackError {
  return new HpackError(`there is no table entry ${index}`);
}
