// How a long-running process of ours is told to end.

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function toldToEnd(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      resolve();
    });
  }
  return promise;
}
