// A program: a WebSocket server that echoes, of the npm package `ws`.
//   node echo-server.ts PATH-OF-WS PORT

import { createRequire } from 'node:module';

/** What is used of `ws`. */
interface Ws {
  readonly WebSocketServer: new (
    options: object,
  ) => { on(event: 'connection', listener: (socket: WsSocket) => void): void };
}
interface WsSocket {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: 'error', listener: () => void): void;
  send(data: Buffer, options: { readonly binary: boolean }): void;
}

const [, , path = '', port = ''] = process.argv;
const { WebSocketServer } = createRequire(import.meta.url)(path) as Ws;
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(port),
  // Level 1: what is proven here is not how well it compresses, and both cores have other work.
  perMessageDeflate: { zlibDeflateOptions: { level: 1 } },
  // Cases send 4 MiB in 65,536 fragments.
  maxFragments: 0,
  maxBufferedChunks: 0,
});
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  // Most cases break the protocol: `ws` closes the connection itself.
  socket.on('error', () => {});
});
