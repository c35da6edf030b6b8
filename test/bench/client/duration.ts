// Durations as load generators write them.

/** `631.00us`, `1.25ms`, `2.01s`, `1.50m` in microseconds; throws for anything else. */
export function microseconds(text: string | undefined): number {
  const [, value, unit] = text?.match(/^([\d.]+)(us|ms|s|m)$/) ?? [];
  const factor = { us: 1, ms: 1e3, s: 1e6, m: 60e6 }[unit ?? ''];
  if (factor === undefined) throw new Error(`this is no duration that can be read: ${text}`);
  return Number(value) * factor;
}
