// Encodes header fields (RFC 7541 section 6). One for each connection and direction. What is encoded has to be sent, and
// in that order: the peer's table follows ours.
//
// A field goes to the dynamic table when its name is not there yet, or when its value has come before: a value that
// comes once would drive out one that repeats, and costs both sides an entry for nothing. Huffman code is for what goes
// to the table: for what is sent once it costs more CPU on both sides than its bytes are worth (decision 0013).

import { DynamicTable } from './dynamic-table.ts';
import { ENCODER_NAME_BY_ID, type EncoderName, encoderNameOf } from './encoder-name.ts';
import { encodeHuffman, huffmanLength } from './huffman-encode.ts';
import { INTEGER_BOUND, writeInteger } from './integer.ts';
import { DEFAULT_TABLE_SIZE, ENTRY_OVERHEAD, MAX_ENCODER_TABLE_SIZE, MAX_ENTRY_SHARE } from './limits.ts';
import { SeenValues } from './seen-values.ts';
import { FIRST_DYNAMIC_INDEX } from './static-table.ts';

/** First bytes of section 6: the flags, and 2^N - 1 for the prefix. */
const INDEXED = 0x80;
const INDEXED_PREFIX = 0x7f;
const TO_INDEX = 0x40;
const TO_INDEX_PREFIX = 0x3f;
const LITERAL = 0x00;
const NEVER_INDEXED = 0x10;
const LITERAL_PREFIX = 0x0f;
const SIZE_UPDATE = 0x20;
const SIZE_UPDATE_PREFIX = 0x1f;
/** Of a string (5.2). */
const HUFFMAN = 0x80;
const STRING_PREFIX = 0x7f;

/** Up to here a loop is quicker than a call out of JavaScript. */
const SHORT_STRING = 16;

/** The most bytes that `field` writes: name and value as they are, and any pending table size updates. */
export function fieldBound(name: string, value: string): number {
  return name.length + value.length + 5 * INTEGER_BOUND;
}

/** What the dynamic table has of one name. */
class IndexedName {
  readonly text: string;
  readonly name: EncoderName;
  /** It is found by id, and stays. */
  readonly hasId: boolean;
  /** Number of the entry by value. */
  readonly numbers = new Map<string, number>();
  /** The value that was asked for last and its entry's number: most names have one value that repeats. */
  lastValue: string | undefined;
  lastNumber = 0;
  /** Of the entry that was added last, which goes last. */
  newest = 0;

  constructor(text: string, name: EncoderName, hasId: boolean) {
    this.text = text;
    this.name = name;
    this.hasId = hasId;
  }
}

interface EncodedField {
  readonly name: IndexedName;
  readonly value: string;
  readonly size: number;
}

export class HpackEncoder {
  readonly #table = new DynamicTable<EncodedField>(DEFAULT_TABLE_SIZE, (field) => this.#forget(field));
  /** Of KNOWN and PSEUDO ids; others by name, while the table has something of theirs. */
  readonly #byId: (IndexedName | undefined)[] = [];
  readonly #byName = new Map<string, IndexedName>();
  readonly #seen = new SeenValues();
  /** The size to announce with the next block; the smallest one meanwhile (4.2). -1: none. */
  #nextSize = -1;
  #smallestSize = -1;
  #isBlockStart = false;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE; call it when its SETTINGS are acknowledged. */
  setMaxTableSize(size: number): void {
    const next = Math.min(size, MAX_ENCODER_TABLE_SIZE);
    if (next === (this.#nextSize === -1 ? this.#table.capacity : this.#nextSize)) return;
    this.#smallestSize = this.#nextSize === -1 ? next : Math.min(next, this.#smallestSize);
    this.#nextSize = next;
  }

  /** Starts a header block: its first field brings a pending table size update. */
  begin(): void {
    this.#isBlockStart = this.#nextSize !== -1;
  }

  /**
   * Appends one field to `out` at `at`, where the caller has room for `fieldBound` bytes; answers the offset behind it.
   * `name`: lower-case; `id`: of KNOWN or PSEUDO, or 0; `isSensitive`: never to be indexed, here or further on.
   */
  field(out: Buffer, at: number, name: string, value: string, id: number, isSensitive: boolean): number {
    if (this.#isBlockStart) at = this.#writeSizeUpdates(out, at);
    const indexed = this.#indexedName(name, id);
    const known = indexed === undefined ? encoderNameOf(name) : indexed.name;
    let flags = LITERAL;
    let prefix = LITERAL_PREFIX;
    if (isSensitive || known.indexing === 'secret') flags = NEVER_INDEXED;
    else {
      const index = known.staticValues?.get(value) ?? this.#find(indexed, value);
      if (index !== 0) return writeInteger(out, at, INDEXED, INDEXED_PREFIX, index);
      if (this.#isWorthIndexing(name, value, known, indexed)) {
        flags = TO_INDEX;
        prefix = TO_INDEX_PREFIX;
      }
    }
    // Found before the field is added: the index is that of the table as it is now.
    const nameIndex = known.staticIndex !== 0 ? known.staticIndex : this.#nameIndex(indexed);
    at = writeInteger(out, at, flags, prefix, nameIndex);
    if (flags === TO_INDEX) {
      if (nameIndex === 0) at = writeCompressed(out, at, name);
      at = writeCompressed(out, at, value);
      this.#add(name, value, indexed);
      return at;
    }
    if (nameIndex === 0) at = writePlain(out, at, name);
    return writePlain(out, at, value);
  }

  #indexedName(name: string, id: number): IndexedName | undefined {
    const known = ENCODER_NAME_BY_ID[id];
    return known === undefined
      ? this.#byName.get(name)
      : (this.#byId[id] ??= new IndexedName(name, known, true));
  }

  /** Index of the dynamic entry with this value; 0 where there is none. */
  #find(indexed: IndexedName | undefined, value: string): number {
    if (indexed === undefined) return 0;
    if (indexed.lastValue !== value) {
      const number = indexed.numbers.get(value);
      if (number === undefined) return 0;
      indexed.lastValue = value;
      indexed.lastNumber = number;
    }
    return FIRST_DYNAMIC_INDEX + this.#table.indexOf(indexed.lastNumber);
  }

  #nameIndex(indexed: IndexedName | undefined): number {
    return indexed === undefined || indexed.numbers.size === 0
      ? 0
      : FIRST_DYNAMIC_INDEX + this.#table.indexOf(indexed.newest);
  }

  #isWorthIndexing(
    name: string,
    value: string,
    known: EncoderName,
    indexed: IndexedName | undefined,
  ): boolean {
    if (sizeOf(name, value) > this.#table.capacity * MAX_ENTRY_SHARE) return false;
    // A query may hold secrets, and seldom comes twice.
    if (name === ':path' && value.includes('?')) return false;
    const isNameThere = indexed !== undefined && indexed.numbers.size > 0;
    if (known.indexing === 'unique') return !isNameThere && known.staticIndex === 0;
    return !isNameThere || this.#seen.note(name, value);
  }

  #add(name: string, value: string, indexed: IndexedName | undefined): void {
    const entryName = indexed ?? new IndexedName(name, encoderNameOf(name), false);
    const number = this.#table.nextNumber;
    this.#table.add({ name: entryName, value, size: sizeOf(name, value) });
    entryName.numbers.set(value, number);
    entryName.lastValue = value;
    entryName.lastNumber = number;
    entryName.newest = number;
    // After the table, which may just have forgotten the last entry of this name.
    if (!entryName.hasId) this.#byName.set(name, entryName);
  }

  #forget({ name, value }: EncodedField): void {
    name.numbers.delete(value);
    if (name.lastValue === value) name.lastValue = undefined;
    if (name.numbers.size === 0 && !name.hasId) this.#byName.delete(name.text);
  }

  #writeSizeUpdates(out: Buffer, at: number): number {
    this.#isBlockStart = false;
    if (this.#smallestSize < this.#nextSize) {
      this.#table.resize(this.#smallestSize);
      at = writeInteger(out, at, SIZE_UPDATE, SIZE_UPDATE_PREFIX, this.#smallestSize);
    }
    this.#table.resize(this.#nextSize);
    at = writeInteger(out, at, SIZE_UPDATE, SIZE_UPDATE_PREFIX, this.#nextSize);
    this.#nextSize = -1;
    return at;
  }
}

function sizeOf(name: string, value: string): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}

function writePlain(out: Buffer, at: number, text: string): number {
  const { length } = text;
  at = writeInteger(out, at, 0, STRING_PREFIX, length);
  if (length > SHORT_STRING) out.write(text, at, 'latin1');
  else for (let i = 0; i < length; i++) out[at + i] = text.charCodeAt(i);
  return at + length;
}

/** As Huffman code where that is shorter (5.2). */
function writeCompressed(out: Buffer, at: number, text: string): number {
  const coded = huffmanLength(text);
  if (coded >= text.length) return writePlain(out, at, text);
  return encodeHuffman(text, out, writeInteger(out, at, HUFFMAN, STRING_PREFIX, coded));
}
