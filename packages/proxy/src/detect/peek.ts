// Waits for the first bytes of a connection and puts them back: what is looked at is not consumed.

import type { Socket } from 'node:net';

/** Bytes that are looked at before a decision has to be made without more: a ClientHello in small records fits. */
const PEEK_LIMIT = 49_152;
/** Who has begun to speak is through with its first words by then, or means something that we do not know. */
const PEEK_MS = 10_000;

/**
 * Calls `look` with the bytes so far whenever more come, until it answers something; then `done` with that answer,
 * the bytes unshifted. `done(undefined)`: the client ended, or said nothing that `look` could use. Answers how to
 * stop: the bytes are put back and `done` is not called.
 */
export function peek<T>(
  socket: Socket,
  look: (bytes: Buffer) => T | undefined,
  done: (answer: T | undefined) => void,
): () => void {
  let held: Buffer | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('end', onEnd);
    socket.off('close', onEnd);
    socket.pause();
    if (held !== undefined) socket.unshift(held);
    held = undefined;
  };
  const onEnd = (): void => {
    stop();
    done(undefined);
  };
  // Not `data`: after the `end` that follows it nothing can be put back. The last `readable` comes before `end`.
  const onReadable = (): void => {
    if (socket.readableLength === 0) {
      if (held !== undefined) onEnd();
      return;
    }
    timer ??= setTimeout(onEnd, PEEK_MS);
    const pieces = held === undefined ? [] : [held];
    while (socket.readableLength > 0) pieces.push(socket.read() as Buffer);
    held = Buffer.concat(pieces);
    const answer = look(held);
    if (answer === undefined && held.length < PEEK_LIMIT) return;
    stop();
    done(answer);
  };
  socket.on('readable', onReadable);
  socket.on('end', onEnd);
  socket.on('close', onEnd);
  return stop;
}
