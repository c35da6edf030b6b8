// Free loopback ports below the range that the kernel gives to outgoing connections: a port of a sidecar that
// restarts must still be free, and a client of somebody else's must not have taken it meanwhile. Meshes on one
// machine stay out of each other's way by blocks: who listens on the first port of a block has all of it.

import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Linux hands out 32768–60999 by itself, macOS 49152–65535. */
const FIRST = 20_000;
const BLOCK = 100;
const BLOCKS = 120;

export class PortAllocator implements Disposable {
  readonly #taken = new Set<number>();
  /** Listeners on the first ports of our blocks; a new block is claimed when the others are used up. */
  readonly #claims: { readonly first: number; readonly server: Server }[] = [];

  /** A port that nobody listens on now and that this allocator has not handed out; release it after use. */
  async allocate(): Promise<number> {
    for (const { first } of this.#claims) {
      for (let port = first + 1; port < first + BLOCK; port++) {
        if (this.#taken.has(port)) continue;
        this.#taken.add(port);
        if (await isFree(port)) return port;
      }
    }
    await this.#claimBlock();
    return this.allocate();
  }

  release(ports: Iterable<number>): void {
    for (const port of ports) this.#taken.delete(port);
  }

  /** Leaves the blocks to others. */
  [Symbol.dispose](): void {
    for (const { server } of this.#claims.splice(0)) server.close();
  }

  async #claimBlock(): Promise<void> {
    const start = randomInt(BLOCKS);
    for (let tried = 0; tried < BLOCKS; tried++) {
      const first = FIRST + ((start + tried) % BLOCKS) * BLOCK;
      const server = await listen(first);
      if (!server) continue;
      // Whoever has nothing else to do may end without giving it back.
      server.unref();
      this.#claims.push({ first, server });
      return;
    }
    throw new Error(`no free ports between ${FIRST} and ${FIRST + BLOCKS * BLOCK} on 127.0.0.1`);
  }
}

/** Whether a listener can be bound to the loopback address and that port. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (!server) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(server));
  });
}
