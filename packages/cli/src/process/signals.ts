// How a long-running process of ours is told to end.

export type EndSignal = 'SIGTERM' | 'SIGINT';

/** Resolves with the first SIGTERM or SIGINT; a second one ends the process at once. */
export function toldToEnd(): Promise<EndSignal> {
  const { promise, resolve } = Promise.withResolvers<EndSignal>();
  let isTold = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isTold) process.exit(130);
      isTold = true;
      resolve(signal);
    });
  }
  return promise;
}
