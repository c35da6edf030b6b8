// Origins and clients of the tests: node:http, which shares no code with the proxy, and raw sockets.

import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';

/** What an origin has received, which it also answers as JSON. */
export interface Received {
  readonly origin: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly received: readonly Received[];
  readonly server: Server;
}

/** An origin that answers with what it got, unless `answer` does something else. */
export async function startOrigin(origin: string, answer?: RequestListener): Promise<Origin> {
  const received: Received[] = [];
  const server = createServer((incoming, response) => {
    if (answer !== undefined) return answer(incoming, response);
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const got = { origin, method, url, headers, body: Buffer.concat(chunks).toString() };
      received.push(got);
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-origin', origin);
      response.end(JSON.stringify(got));
    });
  });
  return {
    port: await listen(server),
    received,
    server,
    async [Symbol.asyncDispose]() {
      await closeServer(server, () => server.closeAllConnections());
    },
  };
}

export interface TcpOrigin extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
}

export async function startTcpOrigin(serve: (socket: Socket) => void): Promise<TcpOrigin> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket);
  });
  return {
    port: await listen(server),
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      await closeServer(server, () => {
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

export function listen(server: TcpServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function closeServer(server: TcpServer, cut: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  cut();
  await closed;
}

/** A port on loopback that nobody listens on. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  await closeServer(server, () => {});
  return port;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface CallOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: Agent;
}

/** One request on a connection of its own, unless an agent is given. */
export function call(port: number, options: CallOptions = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body, agent } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers, agent: agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** What the origin behind got of a call that it answered. */
export async function received(port: number, options: CallOptions = {}): Promise<Received> {
  const { status, body } = await call(port, options);
  if (status !== 200) throw new Error(`the origin was not reached: ${status} ${body}`);
  return JSON.parse(body) as Received;
}

/** Sends text as it is, ends, and answers all that comes back. `isEnded: false`: the connection stays half-open. */
export function exchangeText(port: number, text: string, { isEnded = true } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    let answer = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('end', () => {
      socket.end();
      resolve(answer);
    });
    if (isEnded) socket.end(text, 'latin1');
    else socket.write(text, 'latin1');
  });
}
