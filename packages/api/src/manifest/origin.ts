// Where an object stands in its YAML text: from a field's path to line and column.

import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { ResourceOrigin } from '../resource.ts';
import { type FieldPath, parseFieldPath } from './field-path.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The text that an object was read from. */
export interface ObjectSource {
  readonly document: Document;
  readonly file: string;
  readonly lines: LineCounter;
  /** Lines of the file before the part that `lines` counts. */
  readonly linesBefore: number;
  /** From the document's root to the object (in a List). */
  readonly base: FieldPath;
}

export function originOf(source: ObjectSource): ResourceOrigin {
  return {
    file: source.file,
    line: positionOf(source, []).line,
    position: (field) => positionOf(source, parseFieldPath(field)),
  };
}

/**
 * The value where it is a single one, else the key that it stands under; of the nearest parent where the path
 * leads nowhere. `atKey`: always the key.
 */
export function positionOf(source: ObjectSource, path: FieldPath, atKey = false): Position {
  const { node, key } = walk(source, path);
  const isValue = isScalar(node) && node.value !== null && !atKey;
  return positionAt(source, startOf(isValue || !key ? node : key));
}

/** The node of a field, of its nearest parent if absent. */
export function nodeAt(source: ObjectSource, path: FieldPath): Node | undefined {
  return walk(source, path).node;
}

/** `key` is that of the pair that the node is the value of; absent: it is an entry of a list, or the root. */
function walk(source: ObjectSource, path: FieldPath): { readonly node?: Node; readonly key?: Node } {
  let at: { readonly node?: Node; readonly key?: Node } = nodeOf(source.document.contents);
  for (const part of [...source.base, ...path]) {
    const node = isAlias(at.node) ? at.node.resolve(source.document) : at.node;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : key) === String(part));
      if (!pair) break;
      at = { ...nodeOf(pair.value), key: pair.key as Node };
    } else if (isSeq(node) && isNode(node.items[part as number])) {
      at = nodeOf(node.items[part as number]);
    } else {
      break;
    }
  }
  return at;
}

function nodeOf(value: unknown): { readonly node?: Node } {
  return isNode(value) ? { node: value } : {};
}

export function positionAt(source: Pick<ObjectSource, 'lines' | 'linesBefore'>, offset: number): Position {
  const { line, col } = source.lines.linePos(offset);
  return { line: source.linesBefore + Math.max(line, 1), column: Math.max(col, 1) };
}

function startOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}
