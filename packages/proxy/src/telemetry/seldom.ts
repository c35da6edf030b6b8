// Keeps a log line that a client can cause from filling the disk: told at once, then so often at most, with a count
// of what was not told.

/** A line is told at most so often for each key. */
const TELL_EVERY_MS = 10_000;

/**
 * Answers for a key: undefined when the line is to be left out, else the fields that say how many were left out
 * before it. Keys are few: reasons, names of policies.
 */
export function seldom(
  now: () => number = Date.now,
): (key: string) => { readonly untold?: number } | undefined {
  const told = new Map<string, { readonly at: number; untold: number }>();
  return (key) => {
    const last = told.get(key);
    if (last !== undefined && now() - last.at < TELL_EVERY_MS) {
      last.untold++;
      return undefined;
    }
    told.set(key, { at: now(), untold: 0 });
    return last !== undefined && last.untold > 0 ? { untold: last.untold } : {};
  };
}
