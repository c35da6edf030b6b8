// JSON and YAML for other programs: stable key order (as given), one document, a newline at the end.

import { stringify } from 'yaml';

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Several documents are divided by `---`, as kubectl does for lists that are applied again. */
export function toYaml(values: readonly unknown[]): string {
  return values
    .map((value) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}
