// Durations as users write them (GEP-2257: `500ms`, `1m30s`), and as whole milliseconds.

/** One to four numbers of at most five digits, each with its unit; no sign, no fraction. */
export const DURATION_PATTERN = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** Milliseconds; undefined where the text is not a GEP-2257 duration. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) {
    total += Number(amount) * (UNITS.find(([name]) => name === unit)?.[1] as number);
  }
  return total;
}

/**
 * The shortest form with units from large to small: 90000 is `1m30s`.
 * @throws RangeError for what GEP-2257 cannot say: fractions, negative numbers, 100,000 hours and more.
 */
export function formatDuration(milliseconds: number): string {
  if (!Number.isInteger(milliseconds) || milliseconds < 0 || milliseconds >= 100_000 * 3_600_000) {
    throw new RangeError(`${milliseconds} ms is not a GEP-2257 duration`);
  }
  if (milliseconds === 0) return '0s';
  let rest = milliseconds;
  let text = '';
  for (const [unit, size] of UNITS) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}
