// A parsed HTTP/1.1 head: the text as received and where its fields are. Strings are cut out only when asked for.

import { knownHeader, nameEquals } from '../../stack/known-header.ts';

/** Numbers kept for each header line: name start, name end, value start, value end. */
const STRIDE = 4;

export class H1Head {
  /** The whole head in latin1, its empty last line included. */
  text = '';
  /** HTTP/1.<minor>. */
  minorVersion = 1;
  /** Header lines. */
  count = 0;
  /** Bit set of the KNOWN ids that occur. */
  present = 0;
  /** Declared body length; -1 where there is none. */
  contentLength = -1;
  isChunked = false;
  /** Connection tokens (RFC 9110 7.6.1). `connectionNames`: other headers that are for this hop only. */
  wantsClose = false;
  wantsKeepAlive = false;
  wantsUpgrade = false;
  connectionNames: string[] | null = null;

  #offsets = new Int32Array(24 * STRIDE);
  #ids = new Uint8Array(24);

  /** Makes the head ready for another message. */
  reset(text: string): void {
    this.text = text;
    this.minorVersion = 1;
    this.count = 0;
    this.present = 0;
    this.contentLength = -1;
    this.isChunked = false;
    this.wantsClose = false;
    this.wantsKeepAlive = false;
    this.wantsUpgrade = false;
    this.connectionNames = null;
  }

  /** Whether the sender would keep the connection after this message (RFC 9112 9.3). */
  get isPersistent(): boolean {
    return !this.wantsClose && (this.minorVersion === 1 || this.wantsKeepAlive);
  }

  /** Notes one line; answers its known id. */
  addLine(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): number {
    const line = this.count++;
    if (line === this.#ids.length) this.#grow();
    const at = line * STRIDE;
    this.#offsets[at] = nameStart;
    this.#offsets[at + 1] = nameEnd;
    this.#offsets[at + 2] = valueStart;
    this.#offsets[at + 3] = valueEnd;
    const id = knownHeader(this.text, nameStart, nameEnd);
    this.#ids[line] = id;
    this.present |= 1 << id;
    return id;
  }

  #grow(): void {
    const offsets = new Int32Array(this.#offsets.length * 2);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const ids = new Uint8Array(this.#ids.length * 2);
    ids.set(this.#ids);
    this.#ids = ids;
  }

  /** KNOWN id of a line, 0 for any other. */
  id(line: number): number {
    return this.#ids[line] as number;
  }

  /** Where a line begins in `text`. */
  lineStart(line: number): number {
    return this.#offsets[line * STRIDE] as number;
  }

  /** Where a line ends, its CRLF included. */
  lineEnd(line: number): number {
    return line + 1 < this.count ? this.lineStart(line + 1) : this.text.length - 2;
  }

  /** Header name in lower case. */
  name(line: number): string {
    return this.text.slice(this.lineStart(line), this.#offsets[line * STRIDE + 1]).toLowerCase();
  }

  value(line: number): string {
    return this.text.slice(this.#offsets[line * STRIDE + 2], this.#offsets[line * STRIDE + 3]);
  }

  isNamed(line: number, name: string): boolean {
    return nameEquals(this.text, this.lineStart(line), this.#offsets[line * STRIDE + 1] as number, name);
  }

  /** Value by lower-case name, several lines joined by `, ` (RFC 9110 5.3); lines of the ids in `hidden` are not seen. */
  header(name: string, hidden = 0): string | undefined {
    let found: string | undefined;
    for (let line = 0; line < this.count; line++) {
      if ((hidden & (1 << this.id(line))) === 0 && this.isNamed(line, name))
        found = found === undefined ? this.value(line) : `${found}, ${this.value(line)}`;
    }
    return found;
  }

  /** Value of the first line with this KNOWN id. */
  known(id: number): string | undefined {
    if ((this.present & (1 << id)) === 0) return undefined;
    for (let line = 0; line < this.count; line++) if (this.#ids[line] === id) return this.value(line);
    return undefined;
  }
}
