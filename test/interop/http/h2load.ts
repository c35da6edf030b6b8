// Reads what h2load prints at its end.

export interface LoadSummary {
  readonly requests: number;
  readonly succeeded: number;
  readonly perSecond: number;
}

/** Undefined where it printed no summary. */
export function parseH2load(output: string): LoadSummary | undefined {
  const [, total, succeeded] = /^requests: (\d+) total, .* (\d+) succeeded,/m.exec(output) ?? [];
  const [, perSecond] = /^finished in .*, ([\d.]+) req\/s/m.exec(output) ?? [];
  // A status of another class was an answer, and not the one wanted.
  const [, answered] = /^status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx/m.exec(output) ?? [];
  if (total === undefined || succeeded === undefined) return undefined;
  return {
    requests: Number(total),
    succeeded: Math.min(Number(succeeded), Number(answered ?? 0)),
    perSecond: Number(perSecond ?? 0),
  };
}
