// Base64 in pieces, as gRPC-Web's text format has it: cut anywhere, and padded wherever the sender flushed
// (grpc: doc/PROTOCOL-WEB.md, Text-encoded streams).

const EQUALS = '=';

export class Base64Decoder {
  /** Less than a group of four. */
  #rest = '';

  /** The bytes of what has come so far; undefined where it is no base64. */
  take(chunk: Buffer): Buffer | undefined {
    const text = this.#rest + chunk.toString('latin1');
    const parts: Buffer[] = [];
    let from = 0;
    for (;;) {
      const padding = text.indexOf(EQUALS, from);
      const length = padding < 0 ? text.length - from : padding - from + 1;
      // Up to the end of the group that the padding is in, if all of it is there.
      const end = from + (padding < 0 ? Math.floor(length / 4) : Math.ceil(length / 4)) * 4;
      if (end > text.length) {
        const whole = from + Math.floor((padding - from) / 4) * 4;
        if (!decode(text.slice(from, whole), parts)) return undefined;
        from = whole;
        break;
      }
      if (!decode(text.slice(from, end), parts)) return undefined;
      from = end;
      if (padding < 0) break;
    }
    this.#rest = text.slice(from);
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  /** The last bytes, where the sender left its padding out; undefined where it stopped inside a group. */
  end(): Buffer | undefined {
    const parts: Buffer[] = [];
    const rest = this.#rest;
    this.#rest = '';
    if (rest === '') return EMPTY;
    if (rest.length === 1 || rest.includes(EQUALS)) return undefined;
    return decode(rest.padEnd(4, EQUALS), parts) ? parts[0] : undefined;
  }
}

const EMPTY = Buffer.alloc(0);

/** `text`: whole groups. Node skips what it does not know: then there are fewer bytes than there have to be. */
function decode(text: string, into: Buffer[]): boolean {
  if (text === '') return true;
  const padding = text.endsWith('==') ? 2 : text.endsWith(EQUALS) ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== (text.length / 4) * 3 - padding) return false;
  into.push(bytes);
  return true;
}
