// Words that kubectl reads as booleans (YAML 1.1) and that are strings here (YAML 1.2): a file that works on a
// laptop would be refused by a cluster.

import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { FieldPath } from './field-path.ts';
import { nodeAt, type ObjectSource } from './origin.ts';
import type { Problem } from './problem.ts';

const BOOLEAN_IN_YAML_1_1 = /^(yes|no|on|off)$/i;

export function ambiguousScalars(source: ObjectSource): Problem[] {
  const problems: Problem[] = [];
  visit(nodeAt(source, []), [], problems);
  return problems;
}

function visit(node: Node | undefined, path: FieldPath, problems: Problem[]): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (isScalar(key)) visit(value as Node, [...path, String(key.value)], problems);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) visit(item as Node, [...path, index], problems);
  } else if (isScalar(node) && node.type === 'PLAIN' && BOOLEAN_IN_YAML_1_1.test(String(node.value))) {
    const word = String(node.value);
    const message = `${word} is a boolean for kubectl; put it in quotes`;
    problems.push({ severity: 'warning', reason: 'AmbiguousYAML', message, path });
  }
}
