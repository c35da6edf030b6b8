// The time between a connection and its first bytes: looked at, limited, and ended in good order while draining.

import type { Socket } from 'node:net';
import { peek } from '../detect/peek.ts';
import type { ProxyContext } from '../proxy-context.ts';

/** A connection that neither side uses is closed after so long, as one between two requests is. */
const SILENCE_MS = 3_600_000;
/** While draining: a client that has just connected is about to speak, and is served. */
const DRAIN_SILENCE_MS = 1_000;

/** As detect/peek.ts: `done` is called once with what `look` told, or undefined where the client ended before. */
export function firstBytes<T>(
  socket: Socket,
  proxy: Pick<ProxyContext, 'track' | 'untrack'>,
  look: (bytes: Buffer) => T | undefined,
  done: (answer: T | undefined) => void,
): () => void {
  const close = (): void => {
    socket.destroy();
  };
  const waiting = { drain: () => void socket.setTimeout(DRAIN_SILENCE_MS) };
  const settle = (): void => {
    socket.off('timeout', close);
    socket.setTimeout(0);
    proxy.untrack(waiting);
  };
  socket.setTimeout(SILENCE_MS);
  socket.on('timeout', close);
  const stop = peek(socket, look, (answer) => {
    settle();
    done(answer);
  });
  proxy.track(waiting);
  return () => {
    settle();
    stop();
  };
}
