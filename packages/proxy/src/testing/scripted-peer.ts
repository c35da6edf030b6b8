// The other end of a connection, raw: a script of bytes to send and bytes to expect, for clients and servers alike.
//
//   await using server = await startServer([expects('GET / '), sends('HTTP/1.1 200 OK\r\n…'), ends()]);
//   const answer = await call(port, [sends('GET / HTTP/1.1\r\n…'), expects('200 OK'), expectsEnd()]);

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A step that is not done by then fails, saying what has come instead. */
const STEP_MS = 5_000;

export type Step = (peer: Peer) => Promise<void> | void;

/** Sends bytes; a string is latin1. */
export function sends(data: string | Buffer): Step {
  return (peer) => void peer.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
}

/** Sends bytes one at a time, each in a packet of its own. */
export function drips(text: string): Step {
  return async ({ socket }) => {
    for (const byte of text) {
      await new Promise<void>((resolve) => socket.write(byte, 'latin1', () => setImmediate(resolve)));
    }
  };
}

/** Waits until what came since the last `expects` has this text, and takes it up to the text's end. */
export function expects(text: string | RegExp): Step {
  return (peer) => peer.takeThrough(text);
}

/** Waits for the peer's FIN. */
export const expectsEnd = (): Step => (peer) => peer.until(() => peer.hasEnded, 'the end');

/** Waits until nothing more can come: FIN or RST. */
export const expectsClose = (): Step => (peer) =>
  peer.until(() => peer.hasEnded || peer.isClosed, 'the close');

/** Sends FIN; bytes may still come. */
export const ends = (): Step => (peer) => void peer.socket.end();

/** Closes with RST. */
export const resets = (): Step => (peer) => void peer.socket.resetAndDestroy();

/** Closes without waiting for anything. */
export const closes = (): Step => (peer) => void peer.socket.destroy();

/** Anything else: an event of the test's own to wait for, an assertion. */
export const does = (step: Step): Step => step;

export class Peer {
  readonly socket: Socket;
  hasEnded = false;
  isClosed = false;
  wasReset = false;
  /** All that has come, in latin1. */
  received = '';
  #taken = 0;
  #waiting: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#waiting?.();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#waiting?.();
    });
    socket.on('error', () => {
      this.wasReset = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#waiting?.();
    });
  }

  /** What came and no `expects` has taken. */
  get rest(): string {
    return this.received.slice(this.#taken);
  }

  takeThrough(text: string | RegExp): Promise<void> {
    return this.until(() => {
      const end = endOf(text, this.rest);
      if (end >= 0) this.#taken += end;
      return end >= 0;
    }, String(text));
  }

  async until(isMet: () => boolean, what: string): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void =>
        reject(new Error(`${why} instead of ${what}, after ${JSON.stringify(this.rest.slice(0, 2_000))}`));
      const timer = setTimeout(() => fail('nothing more came'), STEP_MS);
      this.#waiting = () => {
        if (isMet()) resolve();
        else if (this.isClosed) fail(this.wasReset ? 'a reset came' : 'the connection was closed');
        else return;
        clearTimeout(timer);
        this.#waiting = undefined;
      };
      this.#waiting();
    });
  }

  async play(script: readonly Step[]): Promise<void> {
    for (const [index, step] of script.entries()) {
      try {
        await step(this);
      } catch (error) {
        throw new Error(`step ${index + 1}: ${(error as Error).message}`, { cause: error });
      }
    }
  }
}

function endOf(text: string | RegExp, within: string): number {
  if (typeof text === 'string') {
    const at = within.indexOf(text);
    return at < 0 ? -1 : at + text.length;
  }
  const match = text.exec(within);
  return match === null ? -1 : match.index + match[0].length;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** In the order that they were accepted. */
  readonly peers: readonly Peer[];
  /** Resolves when there has been a connection and the scripts of all so far are over; rejects with what failed. */
  done(): Promise<void>;
  /** Takes no more connections; the port refuses them. */
  close(): void;
}

/** A server on loopback that plays the first script with its first connection, and so on; the last one again. */
export async function startServer(...scripts: readonly (readonly Step[])[]): Promise<ScriptedServer> {
  const peers: Peer[] = [];
  const plays: Promise<void>[] = [];
  const first = Promise.withResolvers<void>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const script = scripts[Math.min(peers.length, scripts.length - 1)] ?? [];
    const peer = new Peer(socket);
    peers.push(peer);
    const play = peer.play(script);
    play.catch(() => {});
    plays.push(play);
    first.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    peers,
    async done() {
      await first.promise;
      await Promise.all(plays);
    },
    close: () => void server.close(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { socket } of peers) socket.destroy();
      await closed;
    },
  };
}

/** Connects, plays the script, and answers all that came; the connection is closed then. */
export async function call(port: number, script: readonly Step[]): Promise<string> {
  await using client = await connectPeer(port);
  await client.peer.play(script);
  return client.peer.received;
}

/** A connection of one's own, for what several scripts share. */
export async function connectPeer(port: number): Promise<AsyncDisposable & { readonly peer: Peer }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const peer = new Peer(socket);
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    // Reset before we have seen it open: the script finds that out.
    socket.once('error', () => resolve());
  });
  return {
    peer,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await peer.until(() => peer.isClosed, 'the close');
    },
  };
}
