// The same object written twice: the first stays, the second is an error that names both places.

import type { ManifestEntry } from './parse.ts';

/** In the order given. What is no valid object is left as it is. */
export function withoutDuplicates(entries: readonly ManifestEntry[]): ManifestEntry[] {
  const first = new Map<string, ManifestEntry>();
  return entries.map((entry) => {
    if (entry.ref === undefined) return entry;
    const earlier = first.get(entry.ref);
    if (!earlier) {
      first.set(entry.ref, entry);
      return entry;
    }
    const { file, line } = entry.origin;
    const { ref } = entry;
    const where =
      earlier.origin.file === file
        ? `line ${earlier.origin.line}`
        : `${earlier.origin.file}:${earlier.origin.line}`;
    const message = `${ref} is already defined at ${where}; remove one of them`;
    const diagnostic = {
      severity: 'error',
      reason: 'Duplicate',
      message,
      object: ref,
      file,
      line,
      column: 1,
    } as const;
    return { ref, origin: entry.origin, diagnostics: [diagnostic], isDuplicate: true };
  });
}
