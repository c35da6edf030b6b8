// Numbers as people read them: three significant figures, the unit with a space, `-` where there is nothing.

export const NOTHING = '-';

/** Per second: `0.4`, `31.2`, `1240`. */
export function formatRate(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toString() : perSecond.toFixed(1);
}

/** Bytes per second: `120 B/s`, `1.5 kB/s`, `20.0 MB/s`. */
export function formatBytesRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return NOTHING;
  if (perSecond < 1000) return `${Math.round(perSecond)} B/s`;
  return perSecond < 1e6 ? `${(perSecond / 1000).toFixed(1)} kB/s` : `${(perSecond / 1e6).toFixed(1)} MB/s`;
}

/** A share of 0–1 as `99.7 %`; never rounded up to 100 while something failed. */
export function formatShare(share: number | undefined): string {
  if (share === undefined) return NOTHING;
  const percent = share * 100;
  if (percent === 100 || percent === 0) return `${percent} %`;
  return `${Math.min(99.9, Math.max(0.1, percent)).toFixed(1)} %`;
}

/** Milliseconds as `0.8 ms`, `12 ms`, `1.5 s`. */
export function formatMilliseconds(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return NOTHING;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds >= 10 ? `${Math.round(milliseconds)} ms` : `${milliseconds.toFixed(1)} ms`;
}

/** The two largest units of a time span: `8s`, `3m12s`, `2h5m`, `4d1h`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${Math.floor((seconds % 86_400) / 3600)}h`;
}

/** `1 problem`, `3 problems`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
