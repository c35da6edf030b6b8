// Changes to a head on its way through: what is dropped and what is added. The codec applies them when it writes.

import { knownHeader } from './known-header.ts';

/** Names are lower-case. A line is dropped by KNOWN id (mask) or by name; added lines come last, in order. */
export class HeadEdits {
  /** Bit set of stack/known-header ids. */
  dropMask = 0;
  dropNames: ReadonlySet<string> | null = null;
  /** Alternating names and values. */
  readonly added: string[] = [];
  /** The next hop is told `te: trailers`, whatever the client said: we take them in its place (gRPC-Web). */
  acceptsTrailers = false;

  /** The value that a reader sees: what is kept of `received`, then what was added, joined (RFC 9110 5.3). */
  valueOf(name: string, received: string | undefined): string | undefined {
    let value = this.dropNames?.has(name) ? undefined : received;
    for (let i = 0; i < this.added.length; i += 2) {
      if (this.added[i] === name)
        value = value === undefined ? this.added[i + 1] : `${value}, ${this.added[i + 1]}`;
    }
    return value;
  }

  /** The added lines but those of the ids in `hidden` (bit set), for a codec that writes line by line. */
  forward(hidden: number, sink: (name: string, value: string, id: number) => void): void {
    const { added } = this;
    for (let i = 0; i < added.length; i += 2) {
      const name = added[i] as string;
      const id = knownHeader(name, 0, name.length);
      if (((1 << id) & hidden & ~1) === 0) sink(name, added[i + 1] as string, id);
    }
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
