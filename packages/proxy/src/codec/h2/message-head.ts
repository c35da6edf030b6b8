// What heads of requests and responses have in common as the stack sees them: reading by name, and going on.

import { HeadEdits } from '../../stack/head-edits.ts';
import { HOP_BY_HOP_MASK } from '../../stack/hop-by-hop.ts';
import type { LineSink } from '../../stack/http.ts';
import { KNOWN } from '../../stack/known-header.ts';
import { FieldSection } from './field-section.ts';

/** Bit 0 stands for all headers without an id. */
const NOT_FORWARDED = (HOP_BY_HOP_MASK | (1 << KNOWN.host)) & ~1;

export abstract class H2MessageHead extends FieldSection {
  readonly version = 'http2';
  #edits: HeadEdits | undefined;

  /** Made when it is asked for: many heads go through as they are. */
  get edits(): HeadEdits {
    return (this.#edits ??= new HeadEdits());
  }

  /** Sees added and dropped lines, so that policies and later filters act on what will be sent. */
  header(name: string): string | undefined {
    const edits = this.#edits;
    const hidden = edits === undefined ? 0 : edits.dropMask;
    const { names, values, ids } = this;
    let found: string | undefined;
    for (let i = 0; i < names.length; i++) {
      if (names[i] === name && ((1 << (ids[i] as number)) & hidden & ~1) === 0)
        found = found === undefined ? values[i] : `${found}, ${values[i]}`;
    }
    return edits === undefined ? found : edits.valueOf(name, found);
  }

  forward(sink: LineSink): void {
    const edits = this.#edits;
    const { names, values, ids, sensitive } = this;
    const mask = edits === undefined ? NOT_FORWARDED : (NOT_FORWARDED | edits.dropMask) & ~1;
    const dropped = edits === undefined ? null : edits.dropNames;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      if (((1 << (ids[i] as number)) & mask) !== 0 || dropped?.has(name)) continue;
      sink(name, values[i] as string, ids[i] as number, sensitive?.has(name));
    }
    if (edits === undefined) return;
    const { added } = edits;
    for (let i = 0; i < added.length; i += 2) sink(added[i] as string, added[i + 1] as string, 0);
  }

  /** Makes this head an independent copy of another. */
  protected copyFields(from: H2MessageHead): void {
    this.names.push(...from.names);
    this.values.push(...from.values);
    this.ids.push(...from.ids);
    this.present = from.present;
    this.contentLength = from.contentLength;
    this.sensitive = from.sensitive;
    if (from.#edits !== undefined) {
      this.edits.dropMask = from.#edits.dropMask;
      this.edits.dropNames = from.#edits.dropNames;
      this.edits.added.push(...from.#edits.added);
      this.edits.acceptsTrailers = from.#edits.acceptsTrailers;
    }
  }
}
