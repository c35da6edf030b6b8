// Loopback ports: finding a free one, and waiting until a program listens on it.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './process.ts';

const START_TIMEOUT_MS = 15_000;

/** A loopback port that nothing uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new Error('a TCP server has an address and port');
  return address.port;
}

/** Resolves when the program accepts connections on the port; fails with the end of its log. */
export async function waitForPort(running: Running, port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (running.hasEnded() || Date.now() > deadline) {
      const what = running.hasEnded() ? 'ended' : `does not listen on port ${port}`;
      throw new Error(`${running.name} ${what}; its log ends with:\n${running.lastLines()}`);
    }
    // There is no event for another process beginning to listen.
    await sleep(25);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
