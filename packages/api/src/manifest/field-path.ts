// Paths of fields as people read them, `spec.rules[0].backendRefs[1].port`, and as lists of keys.
// Keys that are no plain words are quoted: `metadata.annotations["weft.dev/local-ports"]`.

export type FieldPath = readonly (string | number)[];

const PLAIN = /^[A-Za-z_$][A-Za-z0-9_$-]*$/;

export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!PLAIN.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** The reverse of formatFieldPath. Stops at what it cannot read, so that the result is still a parent. */
export function parseFieldPath(text: string): FieldPath {
  const path: (string | number)[] = [];
  const part = /\.?([A-Za-z_$][A-Za-z0-9_$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    if (match[1] !== undefined) path.push(match[1]);
    else if (match[2] !== undefined) path.push(Number(match[2]));
    else path.push(JSON.parse(match[3] as string) as string);
    if (part.lastIndex === text.length) break;
  }
  return path;
}
