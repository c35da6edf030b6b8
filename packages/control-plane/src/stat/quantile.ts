// Percentiles from the cumulative buckets of a classic histogram, by linear interpolation inside the bucket that
// the rank falls into, as Prometheus's histogram_quantile does.

/**
 * `cumulative[i]` observations were at most `bounds[i]`; one more entry than bounds counts all of them.
 * Undefined where there is none. Above the last bound nothing is known: then it is that bound.
 */
export function quantile(
  q: number,
  bounds: readonly number[],
  cumulative: ArrayLike<number>,
): number | undefined {
  const total = cumulative[bounds.length] ?? 0;
  if (total <= 0) return undefined;
  const rank = q * total;
  let bucket = 0;
  while (bucket < bounds.length && (cumulative[bucket] ?? 0) < rank) bucket++;
  if (bucket === bounds.length) return bounds.at(-1);

  const upper = bounds[bucket]!;
  const lower = bounds[bucket - 1] ?? 0;
  const below = bucket === 0 ? 0 : cumulative[bucket - 1]!;
  const inside = cumulative[bucket]! - below;
  return inside === 0 ? upper : lower + ((rank - below) / inside) * (upper - lower);
}
