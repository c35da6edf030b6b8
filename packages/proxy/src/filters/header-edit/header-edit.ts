// Header edits in the form that a codec applies in one pass: lines to leave out, and lines to put at the end.

import type { HeaderEdit } from '@weft/api/proxy-config/types';

export interface CompiledHeaderEdit {
  /** Names, lower-case, of lines that are not copied. */
  readonly drop: ReadonlySet<string>;
  /** Lines that follow those that are copied, in order. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** The same lines as HTTP/1.1 writes them, each with its CRLF. */
  readonly text: string;
}

/**
 * One edit for several that are applied one after the other: the rule's filters, then the backend's. Each removes,
 * then sets (in place of what is there), then adds (beside what is there). Undefined where they change nothing.
 */
export function compileHeaderEdits(edits: readonly HeaderEdit[]): CompiledHeaderEdit | undefined {
  const drop = new Set<string>();
  let lines: (readonly [string, string])[] = [];
  for (const edit of edits) {
    const replaced = new Set([...edit.remove, ...edit.set.map(([name]) => name)]);
    for (const name of replaced) drop.add(name);
    // A later edit sees the lines of an earlier one as if they had come with the message.
    lines = [...lines.filter(([name]) => !replaced.has(name)), ...lastOfEachName(edit.set), ...edit.add];
  }
  if (drop.size === 0 && lines.length === 0) return undefined;
  return { drop, lines, text: lines.map(([name, value]) => `${name}: ${value}\r\n`).join('') };
}

/** Setting a name twice leaves the last value. */
function lastOfEachName(lines: HeaderEdit['set']): HeaderEdit['set'] {
  return [...new Map(lines)];
}
