// Takes WebSockets over HTTP/1.1 and carries their bytes over extended CONNECT (RFC 8441) on one HTTP/2 connection of
// node:http2, so that a tool which knows only HTTP/1.1 tests WebSockets over HTTP/2.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Socket } from 'node:net';
import { listen } from '../../proxy/http.ts';

export interface Http2Bridge extends AsyncDisposable {
  readonly port: number;
}

/** RFC 6455 1.3. */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const PASSED_ON = [
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'user-agent',
];
/** Of an answer. */
const PASSED_BACK = ['sec-websocket-protocol', 'sec-websocket-extensions', 'server'];

/** `port`: where HTTP/2 is spoken. */
export async function startHttp2Bridge(port: number): Promise<Http2Bridge> {
  const session = connect(`http://127.0.0.1:${port}`);
  await new Promise<void>((resolve, reject) => {
    session.once('error', reject);
    // Before it is known whether the server takes extended CONNECT, none may be sent (RFC 8441 3).
    session.once('remoteSettings', ({ enableConnectProtocol }) => {
      if (enableConnectProtocol === true) return resolve();
      reject(new Error('SETTINGS_ENABLE_CONNECT_PROTOCOL is not announced: no WebSocket over HTTP/2'));
    });
  });
  session.on('error', () => {});
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    carry(session, request, socket, head);
  });
  return {
    port: await listen(server),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      session.destroy();
      await closed;
    },
  };
}

function carry(session: ClientHttp2Session, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':path': request.url,
    ':authority': request.headers.host,
    ...pick(request.headers, PASSED_ON),
  });
  socket.on('error', () => stream.close());
  stream.on('error', () => socket.destroy());
  // A stream that was reset has no end: its connection must not look as if it ended in good order.
  stream.on('aborted', () => socket.destroy());
  stream.on('response', (headers) => {
    if (headers[':status'] !== 200) {
      socket.end(`HTTP/1.1 ${headers[':status']} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      stream.close();
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}${KEY_SUFFIX}`)
      .digest('base64');
    const lines = Object.entries({
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-accept': accept,
      ...pick(headers, PASSED_BACK),
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
    if (head.length > 0) stream.write(head);
    socket.pipe(stream).pipe(socket);
  });
}

function pick(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}
