// A terminal's second screen, redrawn in place without flicker and given back as it was.

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** Terminals that know it show a frame whole; others ignore it. */
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';

export class Screen implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  readonly #restore = (): void => this.close();
  #open = true;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.write(ENTER);
    // A fault of ours must not leave the terminal without its cursor.
    process.once('exit', this.#restore);
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#stream.columns, rows: this.#stream.rows };
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    const text = lines.map((line) => line + CLEAR_LINE).join('\r\n');
    this.#stream.write(BEGIN_FRAME + HOME + text + CLEAR_BELOW + END_FRAME);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#restore);
    this.#stream.write(LEAVE);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
