// How long a client waits for the server's first byte, from the moment it begins to connect.

import { once } from 'node:events';
import { connect } from 'node:net';

const LIMIT_MS = 10_000;

/** Milliseconds. `opening` is sent as soon as the connection stands; undefined: the server speaks first. */
export async function firstByteMs(port: number, opening: Buffer | undefined): Promise<number> {
  const started = performance.now();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  // What happens first counts; a connection that only ends has brought no byte.
  const first = Promise.race([
    once(socket, 'data').then(() => true),
    once(socket, 'close').then(() => false),
  ]);
  socket.setTimeout(LIMIT_MS, () => socket.destroy());
  socket.on('connect', () => {
    if (opening !== undefined) socket.write(opening);
  });
  try {
    if (!(await first)) throw new Error(`the connection ended, or stood ${LIMIT_MS} ms, without a byte`);
    return performance.now() - started;
  } finally {
    socket.destroy();
  }
}

export interface Times {
  readonly count: number;
  readonly median: number;
  readonly max: number;
}

export function timesOf(samples: readonly number[]): Times {
  const sorted = [...samples].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
  return { count: sorted.length, median, max: sorted.at(-1) ?? NaN };
}
