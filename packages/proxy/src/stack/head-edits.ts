// Changes to a head on its way through: what is dropped and what is added. The codec applies them when it writes.

/** Names are lower-case. A line is dropped by KNOWN id (mask) or by name; added lines come last, in order. */
export class HeadEdits {
  /** Bit set of codec/h1/known-header ids. */
  dropMask = 0;
  dropNames: ReadonlySet<string> | null = null;
  /** Alternating names and values. */
  readonly added: string[] = [];

  /** The value that a reader sees: what is kept of `received`, then what was added, joined (RFC 9110 5.3). */
  valueOf(name: string, received: string | undefined): string | undefined {
    let value = this.dropNames?.has(name) ? undefined : received;
    for (let i = 0; i < this.added.length; i += 2) {
      if (this.added[i] === name)
        value = value === undefined ? this.added[i + 1] : `${value}, ${this.added[i + 1]}`;
    }
    return value;
  }

  add(name: string, value: string): void {
    this.added.push(name, value);
  }

  /** Leaves out the lines of these names, received or added before, then adds lines. */
  apply(drop: ReadonlySet<string>, lines: readonly (readonly [name: string, value: string])[]): void {
    if (drop.size > 0) {
      for (let i = this.added.length - 2; i >= 0; i -= 2) {
        if (drop.has(this.added[i] as string)) this.added.splice(i, 2);
      }
      this.dropNames = this.dropNames === null ? drop : this.dropNames.union(drop);
    }
    for (const [name, value] of lines) this.added.push(name, value);
  }
}
