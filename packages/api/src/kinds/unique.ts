// Lists that Kubernetes treats as maps: entries must differ in their key.

import type { z } from 'zod';

/** A check for `array.check(…)`: no two entries have the same key. Entries without one are not compared. */
export function uniqueBy<Entry extends object>(
  field: keyof Entry & string,
  keyOf?: (entry: Entry) => unknown,
) {
  return ({ value, issues }: z.core.ParsePayload<Entry[]>): void => {
    const first = new Map<unknown, number>();
    for (const [index, entry] of value.entries()) {
      const key = keyOf ? keyOf(entry) : entry[field];
      if (key === undefined) continue;
      const earlier = first.get(key);
      if (earlier === undefined) {
        first.set(key, index);
        continue;
      }
      issues.push({
        code: 'custom',
        path: [index, field],
        input: entry[field],
        message: `${JSON.stringify(entry[field])} is already set by entry [${earlier}]; keep one of them`,
      });
    }
  };
}
