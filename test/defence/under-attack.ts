// A real proxy process between a client that attacks and a well-behaved one: what the attack costs, and whom.

import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { RawPeer } from '@weft/proxy/codec/h2/testing/raw-peer';
import { type ProxyProcess, startProxyProcess } from '@weft/proxy/testing/proxy-process';

/** An attack that nobody stops would go on until here. */
const MOST_BYTES = 256 * 2 ** 20;

export interface Setup extends AsyncDisposable {
  readonly proxy: ProxyProcess;
  /** Requests that have reached the endpoint. */
  readonly served: () => number;
}

/** What an attack has come to. */
export interface Damage {
  /** Bytes that the attacker could send. */
  readonly sentBytes: number;
  readonly grownMiB: number;
  readonly cpuMs: number;
  /** Requests of the other client meanwhile, and the longest that one of them took. */
  readonly served: number;
  readonly slowestMs: number;
}

/** A proxy that has served a few requests, before an endpoint that answers them all. */
export async function startTarget(
  answer: (stream: ServerHttp2Stream) => void = (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('ok');
  },
): Promise<Setup> {
  let served = 0;
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    served++;
    stream.on('error', () => {});
    stream.resume();
    answer(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await startProxyProcess([(server.address() as AddressInfo).port]);
  const client = await connectClient(proxy.port);
  for (let i = 0; i < 300; i++) await get(client);
  client.destroy();
  return {
    proxy,
    served: () => served,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function connectClient(port: number): Promise<ClientHttp2Session> {
  const client = connect(`http://127.0.0.1:${port}`);
  client.on('error', () => {});
  await once(client, 'connect');
  return client;
}

async function get(client: ClientHttp2Session): Promise<void> {
  const stream = client.request({ ':path': '/small' });
  stream.resume();
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
  await once(stream, 'end');
  if (Number(head[':status']) !== 200)
    throw new Error(`the other client was answered ${String(head[':status'])}`);
}

/** Runs the attack, while another client asks for one small thing after the other. */
export async function endure({ proxy }: Setup, attack: (port: number) => Promise<number>): Promise<Damage> {
  const client = await connectClient(proxy.port);
  const memoryBefore = proxy.residentMiB();
  const cpuBefore = proxy.cpuMs();
  let [most, slowestMs, served] = [memoryBefore, 0, 0];
  const attacking = { isOver: false };
  const serving = (async () => {
    while (!attacking.isOver || served === 0) {
      const started = performance.now();
      await get(client);
      slowestMs = Math.max(slowestMs, performance.now() - started);
      served++;
      most = Math.max(most, proxy.residentMiB());
    }
  })();
  const sentBytes = await attack(proxy.port).finally(() => {
    attacking.isOver = true;
  });
  await serving;
  client.destroy();
  return { sentBytes, grownMiB: most - memoryBefore, cpuMs: proxy.cpuMs() - cpuBefore, served, slowestMs };
}

/** Sends one block after the other until the proxy ends the connection; answers how many bytes. */
export async function flood(peer: RawPeer, blocks: () => Buffer): Promise<number> {
  const { socket } = peer;
  let sent = 0;
  while (sent < MOST_BYTES && !peer.hasEnded && !peer.isClosed) {
    const block = blocks();
    sent += block.length;
    if (!socket.write(block))
      await Promise.race([once(socket, 'drain').catch(() => {}), once(socket, 'close')]);
    // What the proxy says meanwhile is to be read.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}
