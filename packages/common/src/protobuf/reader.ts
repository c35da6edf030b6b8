// Reads the protobuf wire format (protobuf.dev/programming-guides/encoding), strictly: a length beyond the
// message, an endless varint or bytes that are no UTF-8 in a string throw a ProtoError. Unknown fields are skipped.

/** The bytes are not the message that they should be. Callers at the edge turn it into a refusal. */
export class ProtoError extends Error {
  override readonly name = 'ProtoError';
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** Groups nest; a message of ours never does so deeply. */
const MAX_GROUP_DEPTH = 32;

/**
 * One message. Use:
 * ```ts
 * while (reader.next()) {
 *   if (reader.field === 1) name = reader.string();
 *   else reader.skip();
 * }
 * ```
 * Every field has to be read or skipped before `next` is called again.
 */
export class ProtoReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #wireType = 0;
  /** Number of the field that `next` came to. */
  field = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at === this.#bytes.length) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    // Field numbers are 1 to 2^29 - 1.
    if (this.field === 0 || this.field > 0x1fff_ffff) throw new ProtoError(`field number ${this.field}`);
    return true;
  }

  /** An unsigned integer up to 2^53 - 1. */
  uint(): number {
    this.#expect(0);
    const value = this.#varint();
    if (!Number.isSafeInteger(value)) throw new ProtoError(`field ${this.field}: integer above 2^53`);
    return value;
  }

  /** A signed 32-bit integer (int32, enum): negative ones travel as 64-bit two's complement. */
  int32(): number {
    this.#expect(0);
    return this.#varint(true) | 0;
  }

  bool(): boolean {
    this.#expect(0);
    return this.#varint() !== 0;
  }

  double(): number {
    this.#expect(1);
    const bytes = this.#take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  string(): string {
    const bytes = this.bytes();
    try {
      return UTF8.decode(bytes);
    } catch {
      throw new ProtoError(`field ${this.field}: not UTF-8`);
    }
  }

  /** A view of the message's memory, not a copy. */
  bytes(): Uint8Array {
    this.#expect(2);
    return this.#take(this.#varint());
  }

  /** A message inside this one. */
  message(): ProtoReader {
    return new ProtoReader(this.bytes());
  }

  skip(): void {
    this.#skip(this.#wireType, this.field, 0);
  }

  #skip(wireType: number, field: number, depth: number): void {
    switch (wireType) {
      case 0:
        this.#varint();
        return;
      case 1:
        this.#take(8);
        return;
      case 2:
        this.#take(this.#varint());
        return;
      case 3:
        // A group (proto2): everything up to the end tag of the same number.
        if (depth === MAX_GROUP_DEPTH) throw new ProtoError('groups nested too deeply');
        for (;;) {
          const tag = this.#varint();
          if (tag % 8 === 4) {
            if (Math.floor(tag / 8) !== field) throw new ProtoError(`group ${field} ends as another`);
            return;
          }
          this.#skip(tag % 8, Math.floor(tag / 8), depth + 1);
        }
      case 5:
        this.#take(4);
        return;
      default:
        throw new ProtoError(`field ${field}: wire type ${wireType}`);
    }
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) {
      throw new ProtoError(`field ${this.field}: wire type ${this.#wireType}, expected ${wireType}`);
    }
  }

  /** `low32`: only the low 32 bits are wanted, so that the high ones may be anything. */
  #varint(low32 = false): number {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new ProtoError('varint runs past the end');
      // The tenth byte carries the one bit that is left of 64.
      if (index === 9 && byte > 1) throw new ProtoError('varint of more than 64 bits');
      if (!low32 || index < 5) value += (byte & 0x7f) * 2 ** (index * 7);
      if (byte < 0x80) return low32 ? value % 2 ** 32 : value;
    }
    throw new ProtoError('varint of more than 10 bytes');
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new ProtoError('length runs past the end');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
