// Lists of texts with `*` at the start, the end, or both, for any run of characters: identities, hosts, values.

/** Whether a value is one of the texts. */
export interface StringSet {
  has(value: string): boolean;
}

/** Whether `*` stands elsewhere than at the ends, where it means nothing. */
export function hasInnerWildcard(pattern: string): boolean {
  return pattern.slice(1, -1).includes('*');
}

/** Exact texts cost one look-up however many they are; those with a `*` are tried one by one. */
export function compileStringSet(patterns: readonly string[]): StringSet {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wildcards = patterns.filter((pattern) => pattern.includes('*')).map(wildcardTest);
  if (wildcards.length === 0) return exact;
  return {
    has(value) {
      if (exact.has(value)) return true;
      for (const test of wildcards) if (test(value)) return true;
      return false;
    },
  };
}

function wildcardTest(pattern: string): (value: string) => boolean {
  if (pattern === '*') return () => true;
  const opens = pattern.startsWith('*');
  const closes = pattern.endsWith('*');
  const text = pattern.slice(opens ? 1 : 0, closes ? -1 : undefined);
  if (opens && closes) return (value) => value.includes(text);
  return opens ? (value) => value.endsWith(text) : (value) => value.startsWith(text);
}
