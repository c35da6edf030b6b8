// The `grpc-timeout` line: how long the caller waits, as 1 to 8 digits and a unit (grpc: doc/PROTOCOL-HTTP2.md).

const MILLISECONDS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Milliseconds; undefined for what is no timeout, which the server is left to judge. */
export function parseGrpcTimeout(value: string): number | undefined {
  if (value.length < 2 || value.length > 9) return undefined;
  const unit = MILLISECONDS[value.charAt(value.length - 1)];
  if (unit === undefined) return undefined;
  let amount = 0;
  for (let i = 0; i < value.length - 1; i++) {
    const digit = value.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    amount = amount * 10 + digit;
  }
  return amount * unit;
}

const MAX_AMOUNT = 99_999_999;

/** `ms`: whole milliseconds, at least one. Never longer than asked: what does not fit in 8 digits is cut to seconds. */
export function formatGrpcTimeout(ms: number): string {
  return ms <= MAX_AMOUNT ? `${ms}m` : `${Math.min(Math.floor(ms / 1_000), MAX_AMOUNT)}S`;
}
