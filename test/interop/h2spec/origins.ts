// What is behind the proxy when h2spec asks: Node's own servers, which share no code with the proxy.

import { createServer as createHttp1, type Server } from 'node:http';
import { createServer as createHttp2, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { listen } from '../../proxy/http.ts';

export interface Origin extends AsyncDisposable {
  readonly port: number;
}

/** Reads what it is sent, then answers a few bytes: some cases need a body to limit by windows. */
const ANSWER = 'an answer of some bytes';

export async function startHttp2Origin(): Promise<Origin> {
  const server = createHttp2();
  server.on('sessionError', () => {});
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    stream.on('end', () => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200, 'content-type': 'text/plain' });
      stream.end(ANSWER);
    });
    stream.resume();
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  return origin(server, await listen(server), () => {
    for (const session of sessions) session.destroy();
  });
}

export async function startHttp1Origin(): Promise<Origin> {
  const server = createHttp1((request, response) => {
    request.on('end', () => response.end(ANSWER));
    request.resume();
  });
  return origin(server, await listen(server), () => server.closeAllConnections());
}

function origin(server: Server | Http2Server, port: number, cut: () => void): Origin {
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}
