// Remembers, more or less, which values came lately: those that come again are worth a place in the table. It keeps
// marks of 16 bits and no strings; two values with one mark cost a table entry and nothing else.

/** As many as the table of default size has small entries. */
const SLOTS = 128;

export class SeenValues {
  #marks: Uint16Array | undefined;

  /** Whether this field has come lately; it has from now on. */
  note(name: string, value: string): boolean {
    this.#marks ??= new Uint16Array(SLOTS);
    let hash = name.length;
    for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
    const slot = hash & (SLOTS - 1);
    const mark = (hash >>> 16) | 1;
    if (this.#marks[slot] === mark) return true;
    this.#marks[slot] = mark;
    return false;
  }
}
