// Traffic that stays open while a test changes something: what goes in comes back, until it is ended.

import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** Sends the last bytes; resolves with what came back since the first. Rejects where it was cut off. */
export type EndEcho = (text: string) => Promise<string>;

/** A request to `/echo` of a server of the shop. Resolves when its first bytes have come back. */
export async function openRequest(port: number): Promise<EndEcho> {
  const outgoing = request({ host: '127.0.0.1', port, path: '/echo', method: 'POST', agent: false });
  // Whoever reads the answer sees that it was cut off.
  outgoing.on('error', () => {});
  outgoing.write('open');
  const [response] = (await once(outgoing, 'response')) as [Readable];
  return begun(outgoing, response);
}

/** A TCP connection to a server that sends back what it gets. Resolves when the first bytes have come back. */
export async function openConnection(port: number): Promise<EndEcho> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.write('open');
  return begun(socket, socket);
}

async function begun(to: Writable, from: Readable): Promise<EndEcho> {
  const isBegun = await Promise.race([
    once(from, 'data').then(() => true),
    ...['end', 'close'].map((event) => once(from, event).then(() => false)),
  ]);
  if (!isBegun) throw new Error('closed before the first bytes came back');
  return async (text) => {
    to.end(text);
    let received = '';
    for await (const chunk of from) received += String(chunk);
    return received;
  };
}
