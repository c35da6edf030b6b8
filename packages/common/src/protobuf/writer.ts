// Writes the protobuf wire format (protobuf.dev/programming-guides/encoding): the parts that our messages use.
// Proto3 rules: a singular field that holds its default is not written at all.

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Makes one message; fields are written in the order of the calls. Each call returns the writer. */
export class ProtoWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** An unsigned integer (uint32, uint64 up to 2^53 - 1, int32 that is not negative, enum). */
  uint(field: number, value: number): this {
    if (value === 0) return this;
    this.#varint(tag(field, VARINT));
    return this.#varint(value);
  }

  bool(field: number, value: boolean): this {
    return this.uint(field, value ? 1 : 0);
  }

  /** A string; '' is not written. Use `repeatedString` where each entry counts. */
  string(field: number, value: string): this {
    return value === '' ? this : this.message(field, Buffer.from(value));
  }

  repeatedString(field: number, values: Iterable<string>): this {
    for (const value of values) this.message(field, Buffer.from(value));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.message(field, value);
  }

  /** Anything length-delimited that is already encoded; an empty message is written too (presence). */
  message(field: number, encoded: Uint8Array): this {
    this.#varint(tag(field, LENGTH_DELIMITED));
    this.#varint(encoded.length);
    return this.#push(encoded);
  }

  /** A double, little-endian. Written even when 0: the only user is a oneof, where presence matters. */
  double(field: number, value: number): this {
    this.#varint(tag(field, 1));
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleLE(value);
    return this.#push(bytes);
  }

  /** A member of a oneof that may hold its default and is still present. */
  presentUint(field: number, value: number): this {
    this.#varint(tag(field, VARINT));
    return this.#varint(value);
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }

  #varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`no unsigned integer: ${value}`);
    const bytes: number[] = [];
    // Division, not shifts: these work on 32 bits only.
    let rest = value;
    while (rest > 0x7f) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    return this.#push(Uint8Array.from(bytes));
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}

function tag(field: number, wireType: number): number {
  return field * 8 + wireType;
}
